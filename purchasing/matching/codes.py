"""The barcode a new variant gets: kept, repaired, made a custom code, or left out.

Nothing is changed silently: whatever is not a plain GTIN of a sellable unit becomes a problem with
its ways out (edge cases 2 to 7, 10 to 12). The POS does not check digits, so we do.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.gtin import Code, CodeKind, expand_upc_e, read_code
from catalog.models import Barcode
from purchasing.matching.problems import Row, problem

Kind = Barcode.Kind
# UPC and EAN by length; X-Series wants 14 digits for ITF (product code rules).
_KINDS = {8: Kind.EAN, 12: Kind.UPC, 13: Kind.EAN, 14: Kind.ITF}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A barcode as it would be written, and the problem to settle first if there is one."""

    barcode: str = ""
    kind: str = ""
    problem: Row | None = None


def propose(raw: str) -> Proposal:
    """What to write for a barcode text as it came."""
    code = read_code(raw)
    if code.kind is CodeKind.NONE:
        return Proposal()
    if code.kind is CodeKind.GTIN:
        digits = plain_digits(code)
        return Proposal(digits, kind_of(digits))
    return Proposal(problem=_problem_of(code))


def answered(raw: str, answer: str) -> Proposal:
    """The barcode after a person chose a way out; `answer` is the key of a choice."""
    code = read_code(raw)
    match answer:
        case "custom":
            return Proposal(code.text, Kind.CUSTOM)
        case "case":
            return Proposal(code.text, Kind.ITF)
        case "repair":
            return Proposal(code.proposal, kind_of(code.proposal))
        case "ean8":
            return Proposal(code.text, Kind.EAN)
        case "upca":
            expanded = expand_upc_e(code.text) or ""
            return Proposal(expanded, Kind.UPC if expanded else "")
        case _:
            return Proposal()


def matching_gtin(raw: str, gtin14: str | None) -> tuple[str | None, bool]:
    """The GTIN-14 to look for, and whether it rests on a proposed repair (edge case 2)."""
    if gtin14 or not raw:
        return gtin14, False
    code = read_code(raw)
    if code.kind is CodeKind.REPAIRED:
        return code.proposal.zfill(14), True
    return None, False


def plain_digits(code: Code) -> str:
    """A GTIN without separators; UPC-E as the UPC-A it stands for (the POS wants 11 to 18)."""
    if len(code.text) == 8 and code.gtin14 and code.gtin14 != code.text.zfill(14):
        return code.gtin14.removeprefix("00")
    return code.text


def kind_of(digits: str) -> str:
    return _KINDS.get(len(digits), Kind.CUSTOM)


def _problem_of(code: Code) -> Row:
    drop = ("drop", _("Go without a barcode"))
    custom = ("custom", _("Keep as a custom code"))
    match code.kind:
        case CodeKind.REPAIRED:
            text = _(
                "Barcode %(code)s has 11 digits. With a zero before them it is valid: %(fix)s."
            )
            choices = [("repair", _("Use %s") % code.proposal), custom, drop]
            return problem(
                "code-repair",
                text % {"code": code.text, "fix": code.proposal},
                field="barcode",
                choices=choices,
            )
        case CodeKind.BAD_CHECK:
            text = _("The last digit of barcode %(code)s should be %(digit)s.")
            return problem(
                "code-check-digit",
                text % {"code": code.text, "digit": code.expected_digit},
                field="barcode",
                choices=[custom, drop],
            )
        case CodeKind.CASE:
            text = _("%s is the code of a carton, not of one unit.") % code.text
            keep = ("case", _("Keep as the carton's code (ITF)"))
            return problem("code-case", text, field="barcode", choices=[drop, keep])
        case CodeKind.AMBIGUOUS:
            text = _("Barcode %s can be read as EAN-8 and as a short UPC.") % code.text
            short = ("upca", _("It is UPC %s") % (expand_upc_e(code.text) or ""))
            choices = [("ean8", _("It is an EAN-8")), short, drop]
            return problem("code-ambiguous", text, field="barcode", choices=choices)
        case CodeKind.LOST:
            text = _("A spreadsheet turned the barcode into %s; its digits are lost.") % code.text
            return problem("code-lost", text, field="barcode", choices=[drop])
        case _:
            text = _("“%s” is not a UPC or EAN.") % code.text
            return problem("code-letters", text, field="barcode", choices=[custom, drop])
