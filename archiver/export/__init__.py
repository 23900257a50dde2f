"""What is handed out: bags, disclosures, WACZ, and beside them how to check each by hand."""
