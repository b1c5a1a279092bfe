import CMillrace
