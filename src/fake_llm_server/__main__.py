"""`python -m fake_llm_server`: the command line."""

import sys

from fake_llm_server._cli import main

if __name__ == "__main__":
    sys.exit(main())
