"""What people want and what becomes of it: one line a story. Every schedule draws some of these.

A story that is added here is played, checked and killed at every point like the others. Never says when anything
happens, and nothing of what goes wrong on the way.
"""

import enum

import attrs

from cotransfer.domain.states import Closed, Completed, HandlingFailed, PreReviewFailed, SigningLapsed, Withdrawn


class Signing(enum.Enum):
    """How the citizen comes to the contract, and what they do there (step 7)."""

    BY_SMS = "by_sms"
    BY_WECHAT = "by_wechat"
    BOTH = "both"
    DECLINED = "declined"
    EXPIRED = "expired"
    NEVER = "never"


@attrs.frozen(kw_only=True)
class Story:
    """One transfer's way; `ends` are the states it may come to, none where it must never begin.

    `pays` is whether arrears are paid in the end; `impatient` citizens submit twice at the same time, under two keys;
    who `withdraws` does so at any moment after the submission.
    """

    code: str
    title: str
    ends: tuple[type[Closed], ...]
    in_arrears: bool = False
    pays: bool = True
    impatient: bool = False
    taken: bool = True
    clears: bool = True
    gives_address: bool = True
    address_comes_later: bool = False
    signing: Signing = Signing.BY_SMS
    handles: bool = True
    follows: bool = True
    withdraws: bool = False


STORIES: tuple[Story, ...] = (
    Story(code="by-sms", title="短信签章，办结", ends=(Completed,)),
    Story(code="by-wechat", title="微信签章，办结", ends=(Completed,), signing=Signing.BY_WECHAT),
    Story(code="both", title="短信与微信同时签章，办结", ends=(Completed,), signing=Signing.BOTH),
    Story(code="sms-only", title="仅短信给出签章地址，办结", ends=(Completed,), gives_address=False),
    Story(
        code="address-later",
        title="签章地址后到，微信签章",
        ends=(Completed,),
        gives_address=False,
        address_comes_later=True,
        signing=Signing.BY_WECHAT,
    ),
    Story(code="not-following", title="未关注公众号，短信签章", ends=(Completed,), follows=False),
    Story(code="not-taken", title="自来水系统不受理", ends=(PreReviewFailed,), taken=False),
    Story(code="pre-review-failed", title="预审不通过", ends=(PreReviewFailed,), clears=False),
    Story(code="declined", title="拒绝签章", ends=(SigningLapsed,), signing=Signing.DECLINED),
    Story(code="expired", title="逾期未签章", ends=(SigningLapsed,), signing=Signing.EXPIRED),
    Story(code="handling-failed", title="办理不通过", ends=(HandlingFailed,), handles=False),
    Story(code="arrears-paid", title="欠费，缴清后提交", ends=(Completed,), in_arrears=True),
    Story(code="arrears-stay", title="欠费未缴，不得提交", ends=(), in_arrears=True, pays=False),
    Story(code="withdrawn", title="签章前撤回", ends=(Withdrawn,), signing=Signing.NEVER, withdraws=True),
    Story(code="withdrawn-or-signed", title="撤回与签章几乎同时", ends=(Withdrawn, Completed), withdraws=True),
    Story(code="impatient", title="重复提交，只有一件", ends=(Completed,), impatient=True),
)

BY_CODE = {story.code: story for story in STORIES}
