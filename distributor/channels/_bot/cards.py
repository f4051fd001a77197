"""Cards of a chat through the Bot API: shown, and changed in place. Must not know what they ask."""

from __future__ import annotations

import telegram
from telegram.error import BadRequest

from distributor.model import Card


async def show(bot: telegram.Bot, chat: str | int, card: Card, *, topic: int, answers: int) -> int:
    """``sendMessage`` of a card; its number. An answer to a message that is gone is shown all the same."""
    reply = telegram.ReplyParameters(answers, allow_sending_without_reply=True) if answers else None
    sent = await bot.send_message(
        chat,
        card.text,
        parse_mode=None,
        entities=_marks(card),
        link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
        message_thread_id=topic or None,
        reply_parameters=reply,
        # only whoever is named in the text is offered to answer
        reply_markup=telegram.ForceReply(selective=True) if card.asks else _keyboard(card),
    )
    return sent.message_id


async def change(bot: telegram.Bot, chat: str | int, number: int, card: Card) -> None:
    """``editMessageText`` of a card; one that reads so already is left as it is. Raises TelegramError."""
    try:
        await bot.edit_message_text(
            card.text,
            chat,
            number,
            parse_mode=None,
            entities=_marks(card),
            link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
            reply_markup=_keyboard(card),
        )
    except BadRequest as error:
        if not str(error).lower().startswith("message is not modified"):
            raise


def _marks(card: Card) -> list[telegram.MessageEntity]:
    marks = [telegram.MessageEntity(one.type, one.offset, one.length, url=one.url or None) for one in card.entities]
    if card.asks:
        user = telegram.User(card.asks, card.asks_name, is_bot=False)
        length = len(card.asks_name.encode("utf-16-le")) // 2
        marks.insert(0, telegram.MessageEntity("text_mention", 0, length, user=user))
    return marks


def _keyboard(card: Card) -> telegram.InlineKeyboardMarkup | None:
    rows = [
        [telegram.InlineKeyboardButton(one.words, callback_data=one.data or None, url=one.url or None) for one in row]
        for row in card.buttons
    ]
    return telegram.InlineKeyboardMarkup(rows) if rows else None
