"""Who is at the other end of a connection on this machine: the gate serves the browser's user and nobody else.

Whoever could use the gate could ask with the user's cookies and write into the record. A password for the proxy would
keep others out, but a browser driven from outside is asked for it in the middle of every page's traffic; the system
knows better anyway. Other programs of the same user are let in: they could as well read the browser's memory.
"""

import errno
import os
import socket
import struct

_NETLINK_SOCK_DIAG = 4  # linux/netlink.h
_SOCK_DIAG_BY_FAMILY = 20  # linux/sock_diag.h
_REQUEST = 1  # NLM_F_REQUEST
_ERROR = 2  # NLMSG_ERROR
_ESTABLISHED = 1
_HEADER = struct.Struct("=IHHII")  # nlmsghdr
_ANY_COOKIE = b"\xff" * 8
_STATE_AT = _HEADER.size + 1  # inet_diag_msg.idiag_state
_USER_AT = _HEADER.size + 64  # inet_diag_msg.idiag_uid


def is_ours(connection: socket.socket) -> bool:
    """Return whether the other end of a loopback connection (IPv4) belongs to a process of this user.

    Linux is asked for the very socket (sock_diag(7)); one that is already closed belongs to nobody. Where the system
    cannot tell, everybody on this machine is let in.
    """
    try:
        asked = _question(connection.getpeername(), connection.getsockname())
    except OSError:  # gone before we looked
        return False
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(1)
            kernel.send(asked)
            told = kernel.recv(8192)
    except (OSError, AttributeError):  # no such system, or one that does not say
        return True
    return answer_is_ours(told, os.geteuid())


def answer_is_ours(told: bytes, user: int) -> bool:
    """Return what the kernel's answer means for `user`; no socket of that kind means no."""
    if len(told) >= _HEADER.size + 4 and _HEADER.unpack_from(told)[1] == _ERROR:
        number: int = struct.unpack_from("=i", told, _HEADER.size)[0]
        return -number not in {errno.ENOENT, errno.ESTALE, 0}
    if len(told) < _USER_AT + 4 or told[_STATE_AT] != _ESTABLISHED:
        return False
    owner: int = struct.unpack_from("=I", told, _USER_AT)[0]
    return owner == user


def _question(far: tuple[str, int], near: tuple[str, int]) -> bytes:
    """Return an `inet_diag_req_v2` for the socket that is connected from `far` to `near`."""
    ends = struct.pack("!HH", far[1], near[1]) + b"".join(
        socket.inet_aton(host).ljust(16, b"\0") for host, _ in (far, near)
    )
    body = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF) + ends + bytes(4) + _ANY_COOKIE
    return _HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _REQUEST, 1, 0) + body
