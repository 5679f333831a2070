"""`python -m stance` does what the command `stance` does."""

import sys

from stance.cli import main

sys.exit(main())
