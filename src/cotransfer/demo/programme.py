"""The demo's programme: each story by name, about whom it is, in the order in which they are told."""

from collections.abc import Awaitable, Callable

import attrs

from cotransfer.demo import second_thoughts as changed
from cotransfer.demo import stories as play
from cotransfer.demo import trust_stories as trust
from cotransfer.demo.scene import Scene

Play = Callable[[Scene], Awaitable[None]]


@attrs.frozen
class Story:
    """Its name, who it is about (a kind of person in the sandbox's city), how it goes, and its two titles."""

    code: str
    kind: str
    play: Play
    title: str
    zh: str


STORIES: tuple[Story, ...] = (
    Story("by_sms", "plain", play.by_sms, "Success, signed by SMS", "短信签章，顺利办结"),
    Story("by_wechat", "plain", play.by_wechat, "Success, signed by WeChat", "微信签章，顺利办结"),
    Story(
        "signed_before_the_tap",
        "co_owner",
        play.signed_by_sms_before_the_tap,
        "Signed by SMS before the tap",
        "短信已签，页面显示办理中",
    ),
    Story("race", "plain", play.both_channels_race, "Both channels at once", "两个渠道同时签章"),
    Story("sms_only", "masked", play.by_sms_only, "No signing address comes", "仅短信签章"),
    Story("arrears", "in_arrears", play.arrears, "Arrears refused, paid, accepted", "欠费、缴清、受理"),
    Story("pre_review_fails", "plain", play.pre_review_fails, "Pre-review not passed", "预审不通过"),
    Story("declined", "mortgaged", play.declined, "The citizen declines to sign", "拒绝签章"),
    Story("handling_fails", "plain", play.handling_fails, "Handling not passed", "办理不通过"),
    Story("no_property", "no_property", play.no_property, "No linked property", "未关联到不动产"),
    Story("possible", "possible", play.possible_match, "A possible match, confirmed", "疑似匹配，市民确认"),
    Story("disordered", "legacy", play.disordered, "Reports late, twice, out of order", "回报迟到、重复、乱序"),
    Story("lost_answer", "company", play.lost_answer, "The submission's answer is lost", "推送后应答丢失"),
    Story("second_tap", "plain", play.second_tap, "Submitted twice", "重复提交"),
    Story("not_following", "non_follower", play.not_following, "Not following on WeChat", "未关注公众号"),
    Story(
        "withdrawn",
        "plain",
        changed.withdrawn_and_tried_again,
        "Withdrawn, and tried again",
        "撤回后再次申请",
    ),
    Story("too_late", "plain", changed.withdrawn_too_late, "Withdrawn too late", "已签署，无法撤回"),
    Story("reversed", "plain", changed.wrong_transfer_reversed, "A wrong transfer is reversed", "过户有误，予以更正"),
    Story("who_saw", "plain", trust.who_saw_my_data, "Who saw my data", "谁看过我的信息"),
    Story("consent_withdrawn", "plain", trust.consent_withdrawn, "A consent withdrawn", "撤回同意"),
    Story("grant_suspended", "plain", trust.grant_suspended, "A grant suspended, resumed", "中止与恢复数据共享授权"),
    Story("forged_report", "plain", trust.forged_report, "A forged report", "伪造的回报"),
    Story("audit_verifies", "plain", trust.audit_verifies, "The audit trail verifies", "审计记录可核验"),
)
"""In the order in which the demo tells them; no two share a person."""
