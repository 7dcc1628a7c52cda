"""The program `python -m clm.workers.pool`: a pool that later builds share."""

import sys

from clm.workers.pool.server import main

sys.exit(main())
