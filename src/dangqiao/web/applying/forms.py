"""The forms of an application, made from the category's data: a new category needs no form of its own."""

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dangqiao.apps.deliverables.models import Kind
from dangqiao.apps.directory.models import Archive
from dangqiao.apps.identity.accounts import PhoneField
from dangqiao.apps.lookups.forms import LARGEST_FILE, Applicant, MaterialShown, PersonSought, Sought
from dangqiao.core.categories import Category, FieldDefinition, FieldKind, PartyDefinition
from dangqiao.core.errors import BadInput
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.dates import parse_partial_date
from dangqiao.core.vocabulary.entitlement import (
    ACCEPTED_FOR,
    APPLICANT_LABELS,
    MATERIAL_LABELS,
    ApplicantKind,
    Material,
)
from dangqiao.core.vocabulary.purpose import PURPOSES_OF_APPLICANTS, Purpose
from dangqiao.web.labels import IDENTITY_KIND_LABELS, KIND_LABELS, MODE_LABELS, PURPOSE_LABELS, SEX_LABELS
from dangqiao.web.templatetags.dangqiao import words

Upload: TypeAlias = "UploadedFile[bytes]"
STANDS_FOR_A_PARTY = (ApplicantKind.PARTY, ApplicantKind.SENT_BY_PARTY, ApplicantKind.GUARDIAN)
UPLOADS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""First bytes of what may be uploaded: the name of a file says nothing."""
_PERSON = ("name", "former_names", "sex", "birth_date", "identity_number")
_BETWEEN_NAMES = re.compile(r"[\s、，,;；/]+")


def translated(labels: dict[Any, str], chosen: Iterable[Any] | None = None) -> list[tuple[str, str]]:
    """Choices in the reader's language."""
    return [(str(code), gettext(labels[code])) for code in (labels if chosen is None else chosen)]


class DateField(forms.CharField):
    """A date as precise as it is known, in any way of writing; kept as typed."""

    def clean(self, value: str) -> str:
        """Raises ValidationError where it is no date."""
        text = super().clean(value).strip()
        try:
            parse_partial_date(text)
        except BadInput as error:
            raise forms.ValidationError(
                f"{gettext(error.sentence)} {gettext(error.remedy)}", code=error.code
            ) from error
        return str(text)


class WhoForm(forms.Form):
    """Who asks, and in what relation to the record."""

    def __init__(self, category: Category, in_person: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if in_person:
            self._add_applicant()
        kinds = list(dict.fromkeys(ApplicantKind(row.applicant) for row in category.eligibility))
        self.fields["applicant_kind"] = forms.ChoiceField(
            label=gettext("Who asks?"),
            choices=translated(APPLICANT_LABELS, kinds),
            widget=forms.RadioSelect,
            initial=ApplicantKind.PARTY,
        )
        if len(category.parties) > 1:
            self.fields["role"] = forms.ChoiceField(
                label=gettext("Who is the applicant in the record, or whom do they act for?"),
                choices=[(party.role, words(party.label)) for party in category.parties],
                widget=forms.RadioSelect,
                required=False,
            )
        self._only_role = category.parties[0].role if len(category.parties) == 1 else ""

    def _add_applicant(self) -> None:
        self.fields["name"] = forms.CharField(label=gettext("Applicant's name"), max_length=60)
        self.fields["identity_kind"] = forms.ChoiceField(
            label=gettext("Identity document"), choices=translated(IDENTITY_KIND_LABELS)
        )
        self.fields["identity_number"] = forms.CharField(
            label=gettext("Number of the document"),
            max_length=40,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        self.fields["phone"] = PhoneField(
            required=False, help_text=gettext("To tell the applicant how it goes. May be empty.")
        )

    def clean(self) -> dict[str, Any]:
        """A party must say which one; an identity card's number must be one."""
        found = super().clean() or {}
        if self._only_role:
            found["role"] = self._only_role
        elif found.get("applicant_kind") in STANDS_FOR_A_PARTY and not found.get("role"):
            self.add_error("role", _("Choose one."))
        number = found.get("identity_number")
        if number and found.get("identity_kind") == "identity_card":
            verdict = identity.check(number)
            if verdict.valid:
                found["identity_number"] = identity.upgrade(number)
            else:
                self.add_error("identity_number", gettext(verdict.sentence))
        return found


class RecordForm(forms.Form):
    """What is known of the record. The applicant's own name and number are taken from their document."""

    def __init__(self, category: Category, own_role: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.category, self.own_role = category, own_role
        for party in category.parties:
            keys = {field.key for field in party.fields}
            for key, field in self._party_fields(keys, own=party.role == own_role, sex=party.sex):
                self.fields[f"{party.role}-{key}"] = field
        if offered := self.acts():
            self._add_act(offered)
        self.fields["event_date"] = DateField(
            label=gettext("{event}: when?").format(event=words(category.event)),
            required=False,
            max_length=40,
            help_text=gettext("A year is enough: 1987, 1987-03 or 1987-03-05. Leave it empty if you do not know."),
            widget=forms.TextInput(attrs={"class": "short"}),
        )
        # Two places where the category has two: an educated youth's papers lie where they left and where they went.
        places = [field for field in category.fields if field.kind is FieldKind.PLACE]
        for name, definition in zip(("place", "other_place"), sorted(places, key=self._main_last), strict=False):
            self.fields[name] = forms.CharField(
                label=words(definition.label),
                required=False,
                max_length=120,
                help_text=gettext("The office, or the county, district or town, under its name of then or now."),
            )

    def acts(self) -> tuple[str, ...]:
        """The kinds of event that can be said to be meant; none where the category has one only."""
        return self.category.acts_to_choose()

    def _add_act(self, offered: Iterable[str]) -> None:
        choices = [(word, words(self.category.acts[word])) for word in offered]
        self.fields["act"] = forms.ChoiceField(
            label=gettext("What is looked for"),
            choices=[("", gettext("not known")), *choices],
            required=False,
            widget=forms.RadioSelect,
            help_text=gettext("There may be files of both. If you cannot say which one you need, choose “not known”."),
        )

    def _main_last(self, field: FieldDefinition) -> bool:
        return field.key != self.category.place

    def _party_fields(self, keys: set[str], own: bool, sex: str) -> Iterable[tuple[str, forms.Field]]:
        if not own:
            yield "name", forms.CharField(label=gettext("Name"), max_length=60, required=False)
        if "former_names" in keys:
            yield (
                "former_names",
                forms.CharField(
                    label=gettext("Former names"),
                    max_length=120,
                    required=False,
                    help_text=gettext("Other names or ways of writing that the old file may have. May be empty."),
                ),
            )
        if own:
            return
        if "sex" in keys and not sex:
            choices = [("", gettext("not said")), *translated(SEX_LABELS)]
            yield "sex", forms.ChoiceField(label=gettext("Sex"), choices=choices, required=False)
        if "birth_date" in keys:
            yield (
                "birth_date",
                DateField(
                    label=gettext("Date of birth"),
                    required=False,
                    max_length=40,
                    help_text=gettext("As precise as known: 1962-05-01, 1962, 农历1962年4月."),
                ),
            )
        if "identity_number" in keys:
            yield (
                "identity_number",
                forms.CharField(
                    label=gettext("Identity number"),
                    max_length=30,
                    required=False,
                    widget=forms.TextInput(attrs={"autocomplete": "off"}),
                    help_text=gettext("15 or 18 characters. May be empty."),
                ),
            )

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The parties with their fields, for the page."""
        return [
            (party, [self[name] for name in self.fields if name.startswith(f"{party.role}-")])
            for party in self.category.parties
        ]

    def clean(self) -> dict[str, Any]:
        """Somebody must be named; an identity number must be readable, though it need not be right."""
        found = super().clean() or {}
        names = [found.get(f"{party.role}-name") for party in self.category.parties]
        if not self.own_role and not any(names):
            self.add_error(f"{self.category.parties[0].role}-name", _("Name at least one person."))
        for name in [key for key in found if key.endswith("-identity_number") and found[key]]:
            verdict = identity.check(found[name])
            if not verdict.readable:
                self.add_error(name, gettext(verdict.sentence))
        return found

    def sought(self, applicant: Applicant | None) -> Sought:
        """What is looked for: first the person whose record it is, then the others as far as they are known.

        `applicant` gives name and number of the own role.
        """
        parties = sorted(self.category.parties, key=lambda party: party.role != self.own_role)
        persons = [self._person(party, applicant) for party in parties]
        said = self.cleaned_data
        return Sought(
            tuple(person for person in persons if person.name),
            event_date=said["event_date"],
            place=said["place"],
            other_place=said.get("other_place", ""),
            act=said.get("act", ""),
        )

    def _person(self, party: PartyDefinition, applicant: Applicant | None) -> PersonSought:
        own = applicant if party.role == self.own_role else None
        said = {key: self.cleaned_data.get(f"{party.role}-{key}", "") for key in _PERSON}
        card = own.identity_number if own and own.identity_kind == "identity_card" else ""
        return PersonSought(
            own.name if own else said["name"],
            party.role,
            tuple(name for name in _BETWEEN_NAMES.split(said["former_names"]) if name),
            said["sex"] or party.sex,
            said["birth_date"],
            card or said["identity_number"],
        )


class ArchiveForm(forms.Form):
    """Which archive is asked; or that the applicant does not know."""

    archive_code = forms.CharField(required=False, max_length=6)
    inquiry_consent = forms.BooleanField(
        label=_("Other provinces may be asked"),
        help_text=_(
            "If the archive cannot be told from what you entered, the systems of other provinces are asked by machine "
            "whether they could have the record. Nobody there sees your name unless they could."
        ),
        required=False,
    )

    def __init__(self, category: Category, known: Iterable[Archive], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = {archive.code for archive in known}
        if not category.blind_inquiry:
            del self.fields["inquiry_consent"]

    def clean_archive_code(self) -> str:
        """Empty, or an archive of the directory."""
        code = str(self.cleaned_data["archive_code"])
        if code and code not in self._known:
            raise forms.ValidationError(_("Choose an archive from the list."), code="directory.archive_unknown")
        return code


class UseForm(forms.Form):
    """What it is for, what is wanted, and how it is to be handed over."""

    def __init__(self, category: Category, in_person: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [Purpose(code) for code in category.purposes]
        purposes = [*offered, *(each for each in PURPOSES_OF_APPLICANTS if each not in offered)]
        self.fields["purpose_of_use"] = forms.ChoiceField(
            label=gettext("What is it for?"), choices=translated(PURPOSE_LABELS, purposes), widget=forms.RadioSelect
        )
        self.fields["purpose_note"] = forms.CharField(
            label=gettext("More about the purpose"),
            required=False,
            max_length=300,
            help_text=gettext("Needed for another purpose."),
            widget=forms.Textarea(attrs={"rows": 3}),
        )
        self.fields["kind_wanted"] = forms.ChoiceField(
            label=gettext("What do you want?"),
            choices=translated(KIND_LABELS, category.deliverables),
            widget=forms.RadioSelect,
            initial=category.deliverables[0],
        )
        if category.may_be_left_out:
            self.fields["left_out"] = forms.MultipleChoiceField(
                label=gettext("What the certificate or extract need not show"),
                choices=[(path, words(category.label_of(path))) for path in category.may_be_left_out],
                required=False,
                help_text=gettext(
                    "Tick what is nobody's business there, for example the other person's number. The document then"
                    " says only that something was left out. A copy shows the whole page."
                ),
                widget=forms.CheckboxSelectMultiple,
            )
        self.fields["mode_wanted"] = forms.ChoiceField(
            label=gettext("How do you want to get it?"),
            choices=translated(MODE_LABELS, category.policy.deliveries),
            widget=forms.RadioSelect,
            initial="counter" if in_person else category.policy.deliveries[0],
        )
        self.fields["postal_address"] = forms.CharField(
            label=gettext("Postal address"),
            required=False,
            max_length=200,
            help_text=gettext("Needed for delivery by post: name, address, phone."),
        )

    def clean(self) -> dict[str, Any]:
        """Another purpose is described; a copy shows all; post needs an address."""
        found = super().clean() or {}
        if found.get("purpose_of_use") == Purpose.OTHER and not found.get("purpose_note"):
            self.add_error("purpose_note", _("Describe the purpose."))
        if found.get("left_out") and found.get("kind_wanted") == Kind.COPY:
            self.add_error("left_out", _("A copy shows the whole page: choose a certificate or an extract."))
        if found.get("mode_wanted") == "post" and not found.get("postal_address"):
            self.add_error("postal_address", _("Enter the address."))
        return found


class MaterialsForm(forms.Form):
    """One row a required material: uploaded at home, seen by the clerk at a counter."""

    def __init__(self, required: Iterable[Material], in_person: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.materials = list(required)
        self.in_person = in_person
        for material in self.materials:
            accepted = [each for each in Material if each in ACCEPTED_FOR.get(material, frozenset({material}))]
            label = gettext(MATERIAL_LABELS[material])
            if len(accepted) > 1:
                accepted.sort(key=lambda each: each is not material)
                self.fields[f"{material}-kind"] = forms.ChoiceField(
                    label=gettext("{material}: which?").format(material=label),
                    choices=translated(MATERIAL_LABELS, accepted),
                )
            if in_person:
                self.fields[f"{material}-seen"] = forms.BooleanField(
                    label=gettext("Original seen: {material}").format(material=label)
                )
            self.fields[f"{material}-file"] = forms.FileField(
                label=gettext("Scan of it (optional)") if in_person else label,
                required=not in_person,
                allow_empty_file=False,
                help_text=gettext("PDF, JPEG or PNG, at most 10 MB."),
                widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
            )

    def clean(self) -> dict[str, Any]:
        """Looks into each file."""
        found = super().clean() or {}
        for name in [key for key, value in found.items() if isinstance(value, UploadedFile)]:
            if problem := upload_problem(found[name]):
                self.add_error(name, problem)
        return found

    def shown(self) -> tuple[MaterialShown, ...]:
        """What was shown or uploaded."""
        return tuple(self._shown(material) for material in self.materials)

    def _shown(self, material: Material) -> MaterialShown:
        kind = self.cleaned_data.get(f"{material}-kind") or material.value
        file = self.cleaned_data.get(f"{material}-file")
        return uploaded(kind, file) if file else MaterialShown(kind)


def upload_problem(file: Upload) -> str:
    """What is wrong with an uploaded file; empty if nothing is."""
    if (file.size or 0) > LARGEST_FILE:
        return gettext("The file is larger than 10 MB.")
    if not media_type(file):
        return gettext("This is not a PDF, JPEG or PNG file.")
    return ""


def media_type(file: Upload) -> str:
    """By the first bytes; empty where it is nothing that may be uploaded."""
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    return next((kind for start, kind in UPLOADS.items() if head.startswith(start)), "")


def uploaded(kind: str, file: Upload) -> MaterialShown:
    """An uploaded file as a material."""
    return MaterialShown(kind, (file.name or "")[-120:], media_type(file), file.read())
