"""What is read from a message of Telegram, and where it says that each value stands."""

from dataclasses import replace
from typing import Any

import pytest
from adapterkit import Answer, Played
from telegram_pages import (
    AWAY,
    NO_CARD,
    POST,
    TIME,
    UNSUPPORTED,
    ask,
    author,
    bubble,
    card,
    channel,
    error,
    footer,
    message,
    page,
    photo,
    text,
    video,
    view,
)


def shown(inner: str = "", **more: str) -> dict[str, Any]:
    return ask(POST, embed=page(message(inner, **more))).post


def sources(played: Played) -> dict[str, Any]:
    found = played.document["sources"]
    assert isinstance(found, dict)
    return found


def missing(played: Played) -> dict[str, str]:
    return {each["what"]: each["why"] for each in played.document["missing"]}


def test_a_message_has_its_text_time_author_and_address() -> None:
    post = shown()
    assert post["id"] == "Lantern_Street/71"
    assert post["url"] == POST
    assert post["type"] == "Note"
    assert post["content"]["text"] == "Сквер закрыт до весны.\nВторая строка"
    assert post["content"]["html"] == "Сквер закрыт <b>до весны</b>.<br>Вторая строка"
    assert post["published"] == {
        "value": "2026-03-04T05:06:07Z",
        "precision": "second",
        "source": "server",
        "raw": TIME,
    }
    assert post["attributedTo"] == {
        "type": "Group",
        "preferredUsername": "Lantern_Street",
        "name": "Улица Фонарей",
        "url": "https://t.me/Lantern_Street",
    }


def test_every_value_says_where_it_stands() -> None:
    found = sources(ask(POST, embed=page(message())))
    here = "div.tgme_widget_message[data-post][1]"
    assert found["/post/id"]["at"] == f"{here} @data-post"
    assert found["/post/published/raw"]["at"] == f"{here} a.tgme_widget_message_date[1] time[datetime][1] @datetime"
    assert found["/post/content/text"]["at"] == f"{here} .tgme_widget_message_text.js-message_text[1]"


def test_the_name_is_that_of_the_page_and_not_of_the_address() -> None:
    played = ask("https://t.me/LANTERN_STREET/71", embed=page(message()))
    assert played.post["id"] == "Lantern_Street/71"
    assert played.document["warnings"] == []


def test_a_channel_that_was_renamed_is_named_with_a_warning() -> None:
    played = ask("https://t.me/Old_Lantern/71", embed=page(message()))
    assert played.state == "available"
    assert played.document["warnings"] == [
        "asked for as 'Old_Lantern', the channel answers under the name 'Lantern_Street'"
    ]


@pytest.mark.parametrize(
    ("shown_as", "value", "exact"),
    [
        ("879", 879, True),
        ("10 712", 10_712, True),
        ("214.4K", 214_400, False),
        ("1K", 1_000, False),
        ("2.91M", 2_910_000, False),
        ("1.2B", 1_200_000_000, False),
        ("1.2345K", None, False),
        ("many", None, False),
        ("1.2k", None, False),
    ],
)
def test_views_are_exact_only_where_they_are_written_out(shown_as: str, value: int | None, exact: bool) -> None:
    post = ask(POST, embed=page(bubble(text() + footer(views=shown_as)))).post
    views = post["counts"][0]
    assert (views["name"], views.get("value"), views["exact"]) == ("views", value, exact)
    assert "raw" in views or shown_as == str(value)
    assert views.get("raw", shown_as) == shown_as


def test_views_that_are_not_shown_are_not_zero() -> None:
    assert "counts" not in ask(POST, embed=page(bubble(text() + footer(views="")))).post


def test_an_edited_message_is_marked_and_its_time_is_said_to_be_unknown() -> None:
    played = ask(POST, embed=page(bubble(text() + footer(mark="edited &nbsp;"))))
    assert played.post["edited"] is True
    assert "updated" not in played.post
    assert "the time of the edit and the earlier text" in missing(played)


def test_a_signature_that_reads_edited_is_no_edit() -> None:
    post = ask(POST, embed=page(bubble(text() + footer(signature="edited")))).post
    assert "edited" not in post
    assert post["signedBy"] == {"type": "Person", "name": "edited"}


def test_the_duration_of_a_video_is_not_the_time_of_the_message() -> None:
    post = shown(video())
    assert post["published"]["raw"] == TIME
    assert post["attachment"][0]["duration"] == 69


def test_the_time_keeps_its_offset_and_none_is_invented() -> None:
    moved = page(message()).replace(TIME, "2026-03-04T08:06:07+03:00")
    assert ask(POST, embed=moved).post["published"]["value"] == "2026-03-04T05:06:07Z"
    bare = page(message()).replace(TIME, "2026-03-04T08:06:07")
    published = ask(POST, embed=bare).post["published"]
    assert published["raw"] == "2026-03-04T08:06:07"
    assert "value" not in published


def test_the_number_of_the_chat_is_read_from_both_places() -> None:
    assert shown(data_view=view({"c": -1084368520, "p": 71}))["attributedTo"]["id"] == 1084368520
    assert shown(data_peer="c1084368520_-11")["attributedTo"]["id"] == 1084368520


@pytest.mark.parametrize(
    "said",
    ["!!!", "é", "a", view([]), view({"c": True}), view({"c": "1"}), view({"c": 0}), view({"c": 2**60}), view({})],
)
def test_a_broken_number_of_the_chat_is_none(said: str) -> None:
    assert "id" not in shown(data_view=said)["attributedTo"]
    assert "id" not in shown(data_peer=said)["attributedTo"]


def test_a_verified_channel_is_said_to_be() -> None:
    head = author().replace("</a>", '</a><i class="verified-icon"> ✔</i>')
    assert shown(head=head)["attributedTo"]["verified"] is True


def test_in_a_group_the_author_is_who_wrote() -> None:
    head = (
        '<div class="tgme_widget_message_author"><a class="tgme_widget_message_author_name" href="https://t.me/ida_most">'
        '<span dir="auto">Ида Мост</span></a> in <a class="tgme_widget_message_owner_name" '
        'href="https://t.me/Lantern_Street">Жильцы</a></div>'
    )
    played = ask(
        POST, embed=page(message(head=head, data_peer="c1084368520_5")), card=card("15 848 members, 65 online")
    )
    assert played.post["attributedTo"] == {
        "type": "Person",
        "preferredUsername": "ida_most",
        "name": "Ида Мост",
        "url": "https://t.me/ida_most",
    }
    group = played.post["context"][0]
    assert group["attributedTo"]["id"] == 1084368520
    assert [(each["name"], each["value"]) for each in group["counts"]] == [("members", 15_848), ("online", 65)]


def test_in_a_group_people_without_a_public_name_have_a_name_only() -> None:
    head = '<div><span class="tgme_widget_message_author_name" dir="auto">Deleted Account</span></div>'
    assert shown(head=head)["attributedTo"] == {"type": "Person", "name": "Deleted Account"}


def test_what_a_group_writes_as_itself_is_the_groups() -> None:
    head = '<div><a class="tgme_widget_message_author_name" href="https://t.me/lantern_street">Жильцы</a></div>'
    assert shown(head=head)["attributedTo"]["type"] == "Group"


def test_buttons_that_lead_somewhere_are_links() -> None:
    rows = (
        '<div class="tgme_widget_message_inline_row"><a class="tgme_widget_message_inline_button url_button" '
        'href="https://example.org/план"><span class="tgme_widget_message_inline_button_text">План</span></a>'
        f'<a class="tgme_widget_message_inline_button" href="{POST}">👍 4</a></div>'
    )
    assert shown(rows)["tag"] == [{"type": "Link", "name": "План", "href": "https://example.org/план"}]


FORWARD = '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;{}</div>'


def test_a_forward_names_its_origin_with_its_address() -> None:
    inner = FORWARD.format(
        '<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/quay_paper/44604"><span dir="auto">'
        'Газета «Причал»</span></a> (<span class="tgme_widget_message_forwarded_from_author">П. Якорь</span>)'
    )
    post = shown(inner)
    assert post["relation"] == "forward"
    assert post["origin"] == [
        {
            "type": "Note",
            "id": "quay_paper/44604",
            "url": "https://t.me/quay_paper/44604",
            "attributedTo": {"type": "Group", "preferredUsername": "quay_paper", "name": "Газета «Причал»"},
            "signedBy": {"type": "Person", "name": "П. Якорь"},
        }
    ]


def test_a_forward_from_a_person_has_the_person() -> None:
    link = '<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/ida_most">Ида Мост</a>'
    played = ask(POST, embed=page(message(FORWARD.format(link))))
    assert played.post["origin"][0]["attributedTo"] == {
        "type": "Person",
        "preferredUsername": "ida_most",
        "name": "Ида Мост",
        "url": "https://t.me/ida_most",
    }
    assert missing(played)["the message that was forwarded"] == "no address of it is told"


@pytest.mark.parametrize("inner", ['<span class="tgme_widget_message_forwarded_from_name">Скрыт</span>', "Скрыт"])
def test_a_forward_from_a_hidden_account_is_still_a_forward(inner: str) -> None:
    played = ask(POST, embed=page(message(FORWARD.format(inner))))
    assert played.post["relation"] == "forward"
    assert "the message that was forwarded" in missing(played)


REPLY = (
    '<a class="tgme_widget_message_reply" href="https://t.me/Lantern_Street/60"><div '
    'class="tgme_widget_message_author">'
    '<span class="tgme_widget_message_author_name" dir="auto">Улица Фонарей</span></div>'
    '<div class="{}" dir="auto">Кто закрыл сквер?</div></a>'
)


@pytest.mark.parametrize(
    "classes", ["tgme_widget_message_text js-message_reply_text", "tgme_widget_message_metatext js-message_reply_text"]
)
def test_a_reply_names_what_it_answers_and_does_not_take_its_words(classes: str) -> None:
    post = shown(REPLY.format(classes))
    assert post["inReplyTo"] == "https://t.me/Lantern_Street/60"
    assert post["content"]["text"].startswith("Сквер закрыт")
    assert post["context"] == [
        {
            "type": "Note",
            "id": "Lantern_Street/60",
            "url": "https://t.me/Lantern_Street/60",
            "attributedTo": {"type": "Group", "name": "Улица Фонарей"},
            "summary": "Кто закрыл сквер?",
        }
    ]


@pytest.mark.parametrize(
    ("inner", "summary", "name"),
    [
        ('<div class="tgme_widget_message_metatext">Photo</div>', "Photo", None),
        ('<span class="tgme_widget_message_author_name">Ида</span>', None, "Ида"),
    ],
)
def test_a_reply_is_kept_as_far_as_it_is_shown(inner: str, summary: str | None, name: str | None) -> None:
    reply = f'<a class="tgme_widget_message_reply" href="https://t.me/Lantern_Street/60">{inner}</a>'
    (answered,) = shown(reply)["context"]
    assert answered.get("summary") == summary
    assert answered.get("attributedTo", {}).get("name") == name


def test_a_reply_to_something_that_is_not_shown_keeps_its_address() -> None:
    post = shown('<a class="tgme_widget_message_reply" href="https://t.me/Lantern_Street/60"></a>')
    assert post["inReplyTo"] == "https://t.me/Lantern_Street/60"
    assert "context" not in post


def test_links_mentions_and_hashtags_are_told_apart() -> None:
    words = (
        '<a href="?q=%23%D1%81%D0%BA%D0%B2%D0%B5%D1%80">#сквер</a> <a href="https://t.me/ida_most">@ida_most</a> '
        '<a href="https://example.org/?a=1&amp;amp;b=2" onclick="return confirm()">план</a> '
        '<a href="https://example.org/?a=1&amp;b=2">https://example.org/</a> <a href="tg://user?id=9">@x</a> <a>x</a>'
    )
    post = ask(POST, embed=page(bubble(text(words) + footer()))).post
    assert [(each["type"], each["name"], each["href"]) for each in post["tag"]] == [
        ("Hashtag", "#сквер", "?q=%23%D1%81%D0%BA%D0%B2%D0%B5%D1%80"),
        ("Mention", "@ida_most", "https://t.me/ida_most"),
        ("Link", "план", "https://example.org/?a=1&b=2"),
        ("Link", "https://example.org/", "https://example.org/?a=1&b=2"),
        ("Link", "@x", "tg://user?id=9"),
    ]


def test_emoji_are_part_of_the_text() -> None:
    words = '<tg-emoji emoji-id="5"><i class="emoji" style="background-image:none"><b>🌳</b></i></tg-emoji> пал'
    assert ask(POST, embed=page(bubble(text(words) + footer()))).post["content"]["text"] == "🌳 пал"


def test_reactions_are_counts_by_their_sign() -> None:
    inner = (
        '<div class="tgme_widget_message_reactions js-message_reactions">'
        '<span class="tgme_reaction tgme_reaction_paid"><i class="icon icon-telegram-stars"></i>7.03K</span>'
        '<span class="tgme_reaction"><i class="emoji" style="x"><b>❤</b></i>53</span>'
        '<span class="tgme_reaction"><tg-emoji emoji-id="5465587407350942612"></tg-emoji>1.2K</span>'
        '<span class="tgme_reaction"><b>views</b>9</span><span class="tgme_reaction">9</span>'
        '<span class="tgme_reaction"><b>👍</b></span></div>'
    )
    counts = shown(inner)["counts"][1:]
    assert [(each["name"], each["value"], each["exact"]) for each in counts] == [
        ("paid", 7030, False),
        ("❤", 53, True),
        ("custom:5465587407350942612", 1200, False),
    ]


POLL = (
    '<div class="tgme_widget_message_poll js-poll"><div '
    'class="tgme_widget_message_poll_question">Открывать сквер?</div>'
    '<div class="tgme_widget_message_poll_type">Anonymous Poll</div><div class="tgme_widget_message_poll_options">'
    '<div class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">80%</div>'
    '<div class="tgme_widget_message_poll_option_value"><div '
    'class="tgme_widget_message_poll_option_text">Да</div></div>'
    '</div><div class="tgme_widget_message_poll_option"><div '
    'class="tgme_widget_message_poll_option_text">Нет</div></div>'
    '<div class="tgme_widget_message_poll_option"></div></div></div>'
)


def test_a_poll_has_its_question_answers_and_voters() -> None:
    voters = '<span class="tgme_widget_message_voters">834K</span> votes'
    post = ask(POST, embed=page(bubble(POLL + voters + footer()))).post
    assert post["type"] == "Question"
    assert post["summary"] == "Anonymous Poll"
    assert post["poll"] == {
        "question": "Открывать сквер?",
        "choices": [
            {"name": "Да", "votes": {"name": "votes", "raw": "80%", "exact": False}},
            {"name": "Нет"},
        ],
        "total": {"name": "votes", "value": 834_000, "raw": "834K", "exact": False},
    }


def test_a_poll_without_voters_is_not_one_with_none() -> None:
    assert "total" not in ask(POST, embed=page(bubble(POLL + footer()))).post["poll"]


def test_a_bot_that_was_used_is_named() -> None:
    assert shown('<a class="tgme_widget_message_via_bot" href="https://t.me/x_bot">@x_bot</a>')["generator"] == "@x_bot"


def test_a_notice_of_the_service_is_said_to_be_one() -> None:
    played = ask(POST, embed=page(message(classes="service_message")))
    assert "not a message that somebody wrote" in str(played.document["warnings"])


# -- what stands beside it -------------------------------------------------------------------------------------------


def test_the_card_of_the_channel_is_exact_where_its_own_page_was_seen() -> None:
    played = ask(POST, embed=page(message()), around=channel(message()), card=card())
    assert played.post["context"][0] == {
        "type": "Page",
        "name": "Улица Фонарей",
        "summary": "Новости одной улицы",
        "attributedTo": {
            "type": "Group",
            "preferredUsername": "Lantern_Street",
            "name": "Улица Фонарей",
            "url": "https://t.me/Lantern_Street",
            "verified": True,
        },
        "counts": [
            {"name": "subscribers", "value": 10_712, "raw": "10 712", "exact": True},
            {"name": "photos", "value": 312, "exact": True},
        ],
    }


def test_the_head_of_the_messages_is_the_card_where_the_own_page_was_not_seen() -> None:
    labels = '</div><div class="tgme_channel_info_header_labels"><i class="verified-icon"> ✔</i></div><div'
    around = channel(message()).replace("</div><div", f"{labels}", 1)
    context = ask(POST, embed=page(message()), around=around).post["context"][0]
    assert context["attributedTo"]["verified"] is True
    assert context["name"] == "Улица Фонарей"
    assert context["counts"][0] == {"name": "subscribers", "value": 10_700, "raw": "10.7K", "exact": False}
    assert context["summary"] == "Новости одной улицы"


def test_messages_around_it_are_its_context_nearest_first_and_bounded() -> None:
    others = [message(post=f"Lantern_Street/{n}") for n in range(40, 100)]
    played = ask(POST, embed=page(message()), around=channel(*others))
    ids = [each["id"] for each in played.post["context"][1:]]
    assert len(ids) == 20
    assert (ids[0], ids[-1]) == ("Lantern_Street/61", "Lantern_Street/81")
    assert POST.removeprefix("https://t.me/") not in ids
    why = "39 more are on the page: no more than 20 are taken"
    assert {"what": "messages around it", "why": why, "exchange": 2} in played.document["missing"]


def test_files_of_messages_around_it_are_not_asked_for() -> None:
    other = message(photo(), post="Lantern_Street/70")
    context = ask(POST, embed=page(message()), around=channel(other)).post["context"]
    assert context[1]["attachment"][0]["renditions"][0]["why"] == "not asked for: it belongs to another message"


def test_without_the_page_of_the_channel_it_is_said_and_is_no_deletion() -> None:
    played = ask(POST, embed=page(message()), around=AWAY, card=card())
    assert "says nothing about a deletion" in missing(played)["messages around it"]


@pytest.mark.parametrize(
    ("around", "why"),
    [
        (channel(message()), "none are on the page of the channel"),
        (Answer(status=500), "the page of the channel answered with status 500"),
        (Answer(failure="timeout"), "the page of the channel did not answer (timeout)"),
    ],
)
def test_why_nothing_around_it_is_known(around: str | Answer, why: str) -> None:
    assert missing(ask(POST, embed=page(message()), around=around))["messages around it"] == why


def test_after_a_refusal_nothing_around_it_was_asked_for() -> None:
    refused = ask(POST, embed=page(message()))
    found = refused.adapter.extract(refused.key, refused.seen[:1])
    assert ("messages around it", "not asked for") in [(each.what, each.why) for each in found.missing]


def test_a_gap_between_its_neighbours_says_that_the_number_was_given_out() -> None:
    around = channel(message(post="Lantern_Street/70"), message(post="Lantern_Street/72"))
    played = ask(POST, embed=error(), around=around)
    why = missing(played)["the message"]
    assert why.startswith("Telegram says: Post not found;")
    assert "the number was given out" in why
    assert played.document["post"] is None


def test_a_number_beyond_the_last_one_says_no_such_thing() -> None:
    around = channel(message(post="Lantern_Street/60"), message(post="Lantern_Street/62"))
    assert "given out" not in missing(ask(POST, embed=error(), around=around))["the message"]


def test_an_unviewable_channel_is_not_called_deleted() -> None:
    why = missing(ask(POST, embed=error(), around=AWAY))["the message"]
    assert "groups have none, and channels may be withheld" in why


def test_a_page_without_it_and_without_an_error_is_said_to_be_so() -> None:
    assert missing(ask(POST, embed=page()))["the message"] == "it is on none of the pages that were shown"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("до весны", "до лета"), "text"),
        ((TIME, "2026-03-04T05:06:08+00:00"), "time"),
        (("Улица Ф", "Ф"), "author's name"),
    ],
)
def test_what_two_pages_tell_differently_is_a_warning(change: tuple[str, str], what: str) -> None:
    played = ask(POST, embed=page(message()), around=channel(message().replace(*change)))
    assert played.document["warnings"] == [
        f"the {what} of the message is not the same in exchanges 1 and 2: the former is taken"
    ]
    assert sources(played)["/post/published/raw"]["exchange"] == 1


def test_another_chat_under_the_same_name_is_a_warning() -> None:
    one, other = message(data_view=view({"c": -9})), message(data_view=view({"c": -10}))
    assert "the chat's number" in str(ask(POST, embed=page(one), around=channel(other)).document["warnings"])


def test_a_page_that_broke_off_is_a_warning() -> None:
    played = ask(POST, embed=replace(Answer.html(page(message())), whole=False))
    assert played.state == "available"
    assert "broke off" in str(played.document["warnings"])


def test_the_beginning_of_a_withheld_text_is_taken_from_the_page_for_previews() -> None:
    withheld = page(bubble(UNSUPPORTED + footer()))
    words = page(head='<meta property="og:description" content="Сквер закрыли ночью…">')
    played = ask(POST, embed=withheld, card=card(), words=words)
    assert {"type": "Page", "summary": "Сквер закрыли ночью…"} in played.post["context"]
    assert played.state == "needs_token"
    assert "Telegram says: Please open Telegram" in missing(played)["unsupported"]
    same = page(head='<meta property="og:description" content="Новости одной улицы">')
    assert len(ask(POST, embed=withheld, card=card(), words=same).post["context"]) == 1
    assert "context" not in ask(POST, embed=withheld, words=page()).post


# -- channels and doors ----------------------------------------------------------------------------------------------


def test_a_channel_is_a_page_with_its_newest_messages() -> None:
    around = channel(*(message(post=f"Lantern_Street/{n}", data_view=view({"c": -9})) for n in range(1, 31)))
    post = ask("https://t.me/s/lantern_street", card=card(), around=around).post
    assert post["type"] == "Page"
    assert post["attributedTo"]["id"] == 9
    assert [each["id"] for each in post["context"]] == [f"Lantern_Street/{n}" for n in range(11, 31)]


def test_a_channel_whose_messages_are_not_shown_is_a_page_without() -> None:
    played = ask("https://t.me/lantern_street", card=card("5 monthly users"), around=AWAY)
    assert played.post["attributedTo"] == {"type": "Service", "name": "Улица Фонарей", "verified": True}
    assert "messages around it" in missing(played)


@pytest.mark.parametrize(
    "extra", ["1 subscriber", "10 712 subscribers", "1 member", "15 848 members, 65 online", "10.7K subscribers"]
)
def test_a_channel_or_group_is_told_by_its_numbers(extra: str) -> None:
    assert ask("https://t.me/x_street", card=card(extra), around=AWAY).post["attributedTo"]["type"] == "Group"


def test_of_a_story_it_is_said_that_it_needs_the_app() -> None:
    played = ask("https://t.me/lantern_street/s/4", card=card())
    assert missing(played)["the messages"] == "stories are shown in Telegram's own programs only"


def test_an_account_without_numbers_is_a_person() -> None:
    played = ask("https://t.me/ida_most", card=card("@ida_most", "Ида Мост"), around=AWAY)
    assert played.post["attributedTo"]["type"] == "Person"


def test_the_head_alone_names_a_channel_by_its_public_name() -> None:
    post = ask("https://t.me/lantern_street", card=Answer(status=500), around=channel()).post
    assert post["attributedTo"]["preferredUsername"] == "Lantern_Street"
    assert post["attributedTo"]["type"] == "Group"


def test_no_card_is_no_page() -> None:
    played = ask("https://t.me/lantern_street", card=NO_CARD, around=AWAY)
    assert played.document["post"] is None
    assert missing(played) == {"the channel": "no card of it was shown"}


def test_an_invitation_shows_the_title_and_nothing_inside() -> None:
    played = ask("https://t.me/+AbCd_efGH-12", card=card("3 members", "Жильцы"))
    assert played.post["name"] == "Жильцы"
    assert "nobody joined" in missing(played)["the messages"]


def test_nothing_is_told_of_a_chat_for_members() -> None:
    played = ask("https://t.me/c/1084368520/71", card=page())
    assert played.document["post"] is None
    assert "members of the chat only" in missing(played)["the messages"]


def test_the_id_of_a_message_tells_no_time() -> None:
    assert ask(POST, embed=page(message())).document["idTime"] is None
