"""What can come of asking a vendor. What becomes of a fact or of an effect then is for the adapters to say."""


class VendorError(Exception):
    """The vendor did not do what it was asked. `what` says why, without secrets and without what people wrote."""

    def __init__(self, vendor: str, what: str) -> None:
        super().__init__(f"{vendor}: {what}")
        self.vendor = vendor
        self.what = what


class Busy(VendorError):
    """Too much was asked. Nothing was done; it can be asked again after `seconds`."""

    def __init__(self, vendor: str, seconds: float) -> None:
        super().__init__(vendor, f"its limit is reached; ask again in {seconds:.0f} s")
        self.seconds = seconds


class Denied(VendorError):
    """The credentials do not reach this far. Nothing was done, and nothing will be until somebody mends that."""


class NotSignedIn(Denied):
    """The credentials are not good, or not any more."""


class Gone(VendorError):
    """It is not there: deleted, merged into another, or never known."""


class Rejected(VendorError):
    """The vendor will not do it as it was asked, and says why. Nothing was done; asking again changes nothing."""


class Conflict(Rejected):
    """Somebody changed it meanwhile. Nothing was done; whoever asks must look again first."""


class Unsure(VendorError):
    """Nobody can say whether it was done: the answer did not come, or made no sense."""
