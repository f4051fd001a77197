"""A name server on the loopback address, whose zone is a dict: ``{"example.org TXT": ["v=spf1 -all"]}``."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[str, Sequence[str]]


class NameServer:
    """Answers questions over UDP; texts longer than 255 octets are cut into strings, as zones have them."""

    def __init__(self, zone: Zone, *, silent: Sequence[str] = ()) -> None:
        """``silent``: questions (``name TYPE``) that get no answer at all."""
        self._zone = {question.lower(): list(found) for question, found in zone.items()}
        self._silent = {question.lower() for question in silent}
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        """As ``--resolver`` takes it."""
        return "{}:{}".format(*self._socket.getsockname())

    def __enter__(self) -> NameServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # a socket that is closed under a thread that reads from it would stay open until a question comes
        end = dns.message.make_query("end.invalid", "A")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(end.to_wire(), self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            wire, sender = self._socket.recvfrom(4096)
            query = dns.message.from_wire(wire)
            question = query.question[0]
            name = question.name.to_text(omit_final_dot=True).lower()
            if name == "end.invalid":
                return
            told = f"{name} {dns.rdatatype.to_text(question.rdtype)}".lower()
            self.asked.append(told)
            if told not in self._silent:
                self._socket.sendto(self._answer(query, name, told).to_wire(), sender)

    def _answer(self, query: dns.message.Message, name: str, told: str) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        question = query.question[0]
        found = self._zone.get(told)
        if found:
            texts = [_quoted(one) for one in found] if question.rdtype == dns.rdatatype.TXT else found
            answer.answer.append(_records(question.name, question.rdtype, texts))
        elif not any(known.split()[0] == name for known in self._zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


def _records(name: dns.name.Name, kind: dns.rdatatype.RdataType, texts: Sequence[str]) -> dns.rrset.RRset:
    return dns.rrset.from_text_list(name, 60, "IN", kind, texts, origin=dns.name.root, relativize=False)


def _quoted(text: str) -> str:
    """Character-strings of at most 255 octets (RFC 1035 section 3.3)."""
    pieces = [text[at : at + 255] for at in range(0, len(text), 255)]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)
