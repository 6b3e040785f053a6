"""A form for each act on a referral; which are shown follows from the state machine and the reader's roles."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.lookups.forms import DecisionForm, EntryCited, PersonSought, Sought
from dangqiao.apps.lookups.queries.views import WorkView
from dangqiao.core import categories
from dangqiao.core.lookup.facts import OUTCOME_DELIVERABLES
from dangqiao.core.lookup.reasons import REASONS, Reason, reasons_for
from dangqiao.core.lookup.states import OUTCOME_LABELS, Act, Outcome
from dangqiao.core.vocabulary.entitlement import MATERIAL_LABELS, Material
from dangqiao.web.applying.forms import RecordForm, translated
from dangqiao.web.following.forms import KeyedForm, new_key
from dangqiao.web.labels import KIND_LABELS
from dangqiao.web.templatetags.dangqiao import in_chinese, place

Choices = list[tuple[str, Any]]


class ActForm(KeyedForm):
    """An act that needs nothing to be said."""

    def __init__(self, view: WorkView, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.view = view


class NoteForm(ActForm):
    """An act with a note for colleagues."""

    def __init__(self, view: WorkView, *args: Any, **kwargs: Any) -> None:
        super().__init__(view, *args, **kwargs)
        self.fields["note"] = forms.CharField(label=gettext("Note for colleagues"), required=False, max_length=500)


class ReworkForm(ActForm):
    """Why a decision goes back."""

    def __init__(self, view: WorkView, *args: Any, **kwargs: Any) -> None:
        super().__init__(view, *args, **kwargs)
        self.fields["note"] = forms.CharField(label=gettext("What should be done again?"), max_length=500)


class SupplementAsked(ActForm):
    """What the applicant should bring."""

    def __init__(self, view: WorkView, *args: Any, **kwargs: Any) -> None:
        super().__init__(view, *args, **kwargs)
        first = [*view.entitlement.missing, *view.entitlement.required]
        offered = list(dict.fromkeys([*first, Material.IDENTITY_DOCUMENT, Material.PURPOSE_PROOF, *Material]))
        self.fields["materials"] = forms.MultipleChoiceField(
            label=gettext("What should the applicant bring?"),
            choices=translated(MATERIAL_LABELS, offered),
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["note"] = forms.CharField(
            label=gettext("In words, for the applicant"),
            required=False,
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 3}),
        )


class ReasonForm(ActForm):
    """An act with a coded reason."""

    act: Act

    def __init__(self, view: WorkView, *args: Any, **kwargs: Any) -> None:
        super().__init__(view, *args, **kwargs)
        self.fields["reason"] = forms.ChoiceField(
            label=gettext("Reason"), choices=reason_choices(reasons_for(self.act, category=view.category))
        )
        self.fields["note"] = forms.CharField(
            label=gettext("Note for the applicant"), required=False, max_length=500, widget=forms.TextInput()
        )


class NotAcceptForm(ReasonForm):
    """不予受理."""

    act = Act.NOT_ACCEPT


class ExtendForm(ReasonForm):
    """延期."""

    act = Act.EXTEND

    def __init__(self, view: WorkView, *args: Any, **kwargs: Any) -> None:
        super().__init__(view, *args, **kwargs)
        del self.fields["note"]


class TransferForm(ReasonForm):
    """转办: which archive takes it over."""

    act = Act.TRANSFER

    def __init__(self, view: WorkView, *args: Any, **kwargs: Any) -> None:
        super().__init__(view, *args, **kwargs)
        others = [each for each in directory.archives_of(category=view.category) if each.code != view.archive_code]
        by_platform: dict[str, list[tuple[str, str]]] = {}
        names = {platform.code: place(platform) for platform in directory.platforms()}
        for archive in others:
            group = by_platform.setdefault(names.get(archive.platform_id, archive.platform_id), [])
            group.append((archive.code, place(archive)))
        choices: Choices = [("", "—"), *by_platform.items()]
        self.fields["to_archive"] = forms.ChoiceField(label=gettext("To which archive?"), choices=choices)
        self.order_fields(["to_archive", "reason", "note", "key"])


class SearchForm(RecordForm):
    """Searches again with changed particulars. A number that is left empty stays as the applicant gave it."""

    def __init__(self, view: WorkView, *args: Any, **kwargs: Any) -> None:
        category = categories.get(view.category)
        said = view.searches[0].query if view.searches else view.query
        self._before = {person.role: person for person in said.persons}
        self._order = [person.role for person in said.persons]
        self._act = said.act
        initial: dict[str, Any] = {
            "key": new_key(),
            "event_date": said.event_date,
            "place": said.place,
            "other_place": said.other_place,
            "act": said.act,
        }
        for person in said.persons:
            role = person.role or category.parties[0].role
            initial |= {
                f"{role}-name": person.name,
                f"{role}-former_names": "、".join(person.former_names),
                f"{role}-sex": person.sex,
                f"{role}-birth_date": person.birth_date,
            }
        super().__init__(category, "", *args, initial=initial, **kwargs)
        self.fields["key"] = forms.CharField(widget=forms.HiddenInput, max_length=80)
        for name in self.fields:
            if name.endswith("-identity_number"):
                self.fields[name].help_text = gettext("Leave it empty to keep the one of the application.")

    def acts(self) -> tuple[str, ...]:
        """Those of the application, and what it says if that is another one."""
        offered = super().acts()
        another = offered and self._act in self.category.acts and self._act not in offered
        return (*offered, self._act) if another else offered

    def changed_query(self) -> Sought:
        """What is to be looked for now, in the application's order of persons."""
        found = self.sought(None)
        kept = tuple(self._with_number(person) for person in found.persons)
        order = {role: number for number, role in enumerate(self._order)}
        ordered = sorted(kept, key=lambda person: order.get(person.role, len(order)))
        return replace(found, persons=tuple(ordered))

    def _with_number(self, person: PersonSought) -> PersonSought:
        before = self._before.get(person.role)
        number = person.identity_number or (before.identity_number if before else "")
        return PersonSought(person.name, person.role, person.former_names, person.sex, person.birth_date, number)


class DecideForm(ActForm):
    """The outcome, what was found, and which document goes out."""

    def __init__(self, view: WorkView, *args: Any, **kwargs: Any) -> None:
        super().__init__(view, *args, **kwargs)
        candidates = view.searches[0].candidates if view.searches else ()
        self.fields["outcome"] = forms.ChoiceField(
            label=gettext("Outcome"), choices=translated(OUTCOME_LABELS, OUTCOME_DELIVERABLES), widget=forms.RadioSelect
        )
        cited = [
            (f"{each.citation}@{each.revision}", each.citation.split("/", 2)[2].removesuffix("/1"))
            for each in candidates
        ]
        self.fields["entries"] = forms.MultipleChoiceField(
            label=gettext("Entries that were found"),
            choices=cited,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="" if cited else gettext("The last search found none."),
        )
        kinds = translated(KIND_LABELS, categories.get(view.category).deliverables)
        self.fields["kind"] = forms.ChoiceField(
            label=gettext("Document"),
            choices=[("", gettext("as the applicant wants, if the outcome gives one")), *kinds],
            required=False,
        )
        by_outcome: Choices = [("", "—")]
        for outcome in OUTCOME_DELIVERABLES:
            if reasons := reasons_for(Act.DECIDE, outcome, view.category):
                by_outcome.append((gettext(OUTCOME_LABELS[outcome]), reason_choices(reasons)))
        self.fields["reason_code"] = forms.ChoiceField(
            label=gettext("Reason (where the outcome needs one)"), choices=by_outcome, required=False
        )
        self.fields["where_to_ask"] = forms.CharField(
            label=gettext("Where else to ask (not yet handed over)"), required=False, max_length=200
        )
        self.fields["note"] = forms.CharField(label=gettext("Note for the applicant"), required=False, max_length=500)
        self.fields["remark"] = forms.CharField(label=gettext("Note for colleagues"), required=False, max_length=500)

    def decision(self) -> DecisionForm:
        """As the service takes it."""
        said = self.cleaned_data
        return DecisionForm(
            Outcome(said["outcome"]),
            kind=said["kind"],
            entries=tuple(_cited(text) for text in said["entries"]),
            reason_code=said["reason_code"],
            note=said["note"],
            remark=said["remark"],
            where_to_ask=said["where_to_ask"],
        )


def _cited(text: str) -> EntryCited:
    """`archive/category/reference code/item@revision`; a reference code may hold strokes."""
    citation, _, revision = text.rpartition("@")
    _archive, category, rest = citation.split("/", 2)
    reference_code, _, item = rest.rpartition("/")
    return EntryCited(category, reference_code, int(item), int(revision))


def reason_choices(reasons: Iterable[Reason]) -> list[tuple[str, str]]:
    """Coded reasons in the reader's language."""
    return [(reason.code, reason.zh if in_chinese() else reason.en) for reason in reasons]


def reason_text(code: str) -> str:
    """A coded reason with its legal bases."""
    return REASONS[code].sentence("zh" if in_chinese() else "en") if code in REASONS else ""
