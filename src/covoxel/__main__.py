"""``python -m covoxel`` is the command line."""

from covoxel.cli import main

if __name__ == "__main__":
    main()
