"""Imports of devices from management consoles and other inventories.

Google: `google` opens the files and reads the rows, `part` compares them with the fleet. Who owns which fact, when a
device comes again:

* the console owns what begins with mdm_, os, organizational unit, last seen, last user, update end and MAC address.
  What a file does not say is kept; the moment a device was last seen never goes back;
* people own tag, school, home, status, condition, holder and notes. Exceptions: a provisional tag is replaced by a
  real one; a device without a serial that is found by its tag gets the serial; a model that nobody knew gets its
  name;
* a deprovisioned device that is new comes in as retired. The status of a device that is here already never changes
  by an import; the preview says so.
"""

from devices.imports.kind import GOOGLE_DEVICES

__all__ = ["GOOGLE_DEVICES"]
