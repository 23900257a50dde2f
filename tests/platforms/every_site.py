"""All platforms that are tried on their bad days."""

import sites
import sites_public

SITES = sites.SITES | sites_public.SITES
