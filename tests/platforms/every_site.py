"""All platforms that are tried on their bad days."""

import sites
import sites_public
import sites_social

SITES = sites.SITES | sites_public.SITES | sites_social.SITES
