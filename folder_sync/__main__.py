"""``python -m folder_sync``."""

from folder_sync.cli import main

if __name__ == "__main__":
    main()
