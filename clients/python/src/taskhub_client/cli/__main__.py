"""`python -m taskhub_client.cli`: the same as `taskhub`."""

import sys

from . import main

sys.exit(main())
