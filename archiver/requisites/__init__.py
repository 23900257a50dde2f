"""What a page needs besides itself, decided from recorded answers alone (docs/spec/page-requisites.md)."""
