"""What can go wrong while setting up, each as one clear sentence and a remedy."""

import errno
import re
from pathlib import Path

# Exit codes, the same as those of the `liwa` command.
FAILED = 1
UNAVAILABLE = 5
INTERRUPTED = 130


class SetupError(Exception):
    """Set-up cannot go on; the text is shown to the user as it is."""

    def __init__(self, sentence: str, remedy: str = "", exit_code: int = FAILED) -> None:
        super().__init__(f"{sentence}\n{remedy}".strip())
        self.exit_code = exit_code


DISK_FULL = re.compile(r"No space left on device|Disk quota exceeded|\bENOSPC\b|\bEDQUOT\b", re.IGNORECASE)
WRONG_HASH = re.compile(r"DO NOT MATCH THE HASHES|\bEINTEGRITY\b")
CERTIFICATE = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER|SELF_SIGNED_CERT", re.IGNORECASE
)
NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|Read timed out|Max retries exceeded"
    r"|ProxyError|Connection (?:refused|reset|aborted)|ConnectionResetError|IncompleteRead"
    r"|Network is unreachable|Temporary failure in name resolution|Could not fetch URL"
    r"|\bE(?:NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH|HOSTUNREACH)\b|ERR_SOCKET_TIMEOUT"
)
NOT_PERMITTED = re.compile(r"Permission denied|\bEACCES\b|\bEPERM\b|Read-only file system|\bEROFS\b")
NO_WHEEL = re.compile(r"No matching distribution found for (\S+)")


def explain_output(what: str, output: str, log: Path) -> SetupError:
    """The reason why a tool (pip, npm) failed, read from what it printed.

    `what` completes "Could not …"; `log` is where the whole output can be read.
    """
    if DISK_FULL.search(output):
        return disk_full(f"Could not {what}: the disk is full.")
    if WRONG_HASH.search(output):
        return SetupError(
            f"Could not {what}: a downloaded file is not the one that Liwa was tested with, so it was refused.",
            f"Try again; if it stays so, the package mirror in use serves altered files. Details: {log}",
        )
    if CERTIFICATE.search(output):
        return SetupError(
            f"Could not {what}: the server's certificate is not trusted.",
            "Behind a proxy that inspects traffic, name its certificate in PIP_CERT and NODE_EXTRA_CA_CERTS.",
            UNAVAILABLE,
        )
    if NETWORK.search(output):
        return SetupError(
            f"Could not {what}: the package server cannot be reached.",
            "Check the network connection (or set HTTPS_PROXY, or a mirror in pip's and npm's own settings)"
            " and run the same command again; what is already there is kept.",
            UNAVAILABLE,
        )
    if NOT_PERMITTED.search(output):
        return SetupError(
            f"Could not {what}: a folder cannot be written to.",
            f"Run as the owner of the folder, or clone Liwa into a folder of your own. Details: {log}",
        )
    return _other_failure(what, output, log)


def _other_failure(what: str, output: str, log: Path) -> SetupError:
    if missing := NO_WHEEL.search(output):
        return SetupError(
            f"Could not {what}: the package server has no ready-made {missing[1]} for this Python and machine,"
            " or cannot be reached.",
            "Use CPython 3.11 to 3.14 on x86-64 or Arm64 (name it in LIWA_PYTHON), check the network, or"
            " choose a more complete package mirror in pip's own settings.",
        )
    last = "\n".join(f"    {line}" for line in output.strip().splitlines()[-5:])
    return SetupError(f"Could not {what}. The last lines were:\n{last}", f"The whole output is in {log}.")


def disk_full(sentence: str) -> SetupError:
    """The disk is full, as `sentence` says."""
    return SetupError(
        sentence, "Free some space (a set-up takes about 1.5 GB) and run the same command again."
    )


def explain_os_error(error: OSError, root: Path) -> SetupError:
    """The reason why a file operation under `root` failed."""
    where = error.filename or root
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(f"Could not write {where}: the disk is full.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return SetupError(
            f"Could not set up Liwa: {where} cannot be written to.",
            "Run as the owner of the folder, or clone Liwa into a folder of your own.",
        )
    return SetupError(f"Could not set up Liwa: {where}: {error.strerror or error}.")
