"""The program `python -m clm.workers.pool`: a persistent pool for later builds."""

import sys

from clm.workers.pool.server import main

sys.exit(main())
