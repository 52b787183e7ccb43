"""`python -m services.maintenance`."""

import sys

from services.maintenance.main import main

if __name__ == "__main__":
    sys.exit(main())
