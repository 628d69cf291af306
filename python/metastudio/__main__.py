"""``python -m metastudio`` is the command ``metastudio``."""

import sys

from ._command import main

sys.exit(main())
