"""What a test decides: replies that it writes, scripts and rules of them, and the journal of what happened.

`Controls` belong to a scope; `ControlLayer` stands above every backend, and answers the calls of scopes that
have any. What a reply leaves out, the backend below writes.
"""

from fake_llm_server._controls.break_points import BreakKind as BreakKind
from fake_llm_server._controls.break_points import BreakPoint as BreakPoint
from fake_llm_server._controls.break_points import ConnectionBreaks as ConnectionBreaks
from fake_llm_server._controls.break_report import MAX_ROUNDS as MAX_ROUNDS
from fake_llm_server._controls.break_report import BreakPlan as BreakPlan
from fake_llm_server._controls.calls import Calls as Calls
from fake_llm_server._controls.conditions import Pattern as Pattern
from fake_llm_server._controls.controls import Controls as Controls
from fake_llm_server._controls.controls import forget_written as forget_written
from fake_llm_server._controls.faults import Ending as Ending
from fake_llm_server._controls.journal import CURRENT_REQUEST as CURRENT_REQUEST
from fake_llm_server._controls.journal import Journal as Journal
from fake_llm_server._controls.layer import ControlLayer as ControlLayer
from fake_llm_server._controls.own_reply import OWN_REPLY as OWN_REPLY
from fake_llm_server._controls.received_call import ReceivedCall as ReceivedCall
from fake_llm_server._controls.received_call import ReceivedReply as ReceivedReply
from fake_llm_server._controls.received_request import ReceivedRequest as ReceivedRequest
from fake_llm_server._controls.reply import Reply as Reply
from fake_llm_server._controls.reply import Scriptable as Scriptable
from fake_llm_server._controls.report import describe_journal as describe_journal
from fake_llm_server._controls.rule import Rule as Rule
from fake_llm_server._controls.sent_events import EVENT_END as EVENT_END
from fake_llm_server._controls.verdicts import Verdict as Verdict
from fake_llm_server._controls.verdicts import VerdictKind as VerdictKind
from fake_llm_server._controls.verdicts import judge as judge
from fake_llm_server._controls.verdicts import read_kinds as read_kinds
from fake_llm_server._controls.wire import DROP_KEY as DROP_KEY
from fake_llm_server._controls.wire import WIRE as WIRE
from fake_llm_server._controls.wire import Armed as Armed
from fake_llm_server._controls.wire import Drop as Drop
from fake_llm_server._controls.wire import Wire as Wire
from fake_llm_server._controls.wire import detach_wire as detach_wire
from fake_llm_server._controls.wire import renew_wire as renew_wire
from fake_llm_server._controls.wire_actor import PAGE as PAGE
from fake_llm_server._controls.writing import reply as reply
