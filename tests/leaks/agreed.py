"""What the house and its two clients have agreed on, secrets drawn anew for each run. Never a deployment's."""

from tests.leaks.planted import HOST
from tests.leaks.town import WATER

from cotransfer.adapters.wire.signing import draw_secret

SECRETS = {"platform": draw_secret(), WATER.text: draw_secret()}
SIGNS = draw_secret()
SETTINGS = f"""
[gateway]
public_url = "https://gateway.example"
page_url = "https://gateway.example/transfers/"
per_client = 1000

[oauth]
issuer = "https://gateway.example"

[database]
url = "sqlite:///DATABASE"

[worker]
retry_schedule_s = [0.0, 0.0, 0.0]

[circuits]
in_a_row = 1000  # These counterparties go astray all the time, and are to be asked all the same.
of_last = 1000
share = 1.0

[lookups]
misses_a_day = 1000
per_client_a_day = 10000000
per_client_a_minute = 1000000
client_burst = 1000000
run = 1000
step_ms = 1

[registry]
url = "https://registry.example"
token = "{draw_secret()}"

[wechat]
url = "https://wechat.example"
appid = "wx0000000000000000"
secret = "{draw_secret()}"
name = "微信"
contact = "0871-00000000"

[wechat.templates.invitation]
template_id = "{"T" * 43}"
fields = {{thing1 = "location"}}

[wechat.templates.result]
template_id = "{"U" * 43}"
fields = {{thing1 = "location"}}

[[utilities]]
id = "{WATER}"
name = "昆明自来水集团"
contact = "0871-00000000"
service = "water"
url = "https://water.example"
token = "{draw_secret()}"
signing_hosts = ["{HOST}"]

[[clients]]
id = "platform"
role = "platform"
auth = "client_secret_basic"
client_secret = "{SECRETS["platform"]}"

[[clients]]
id = "{WATER}"
role = "utility"
utility = "{WATER}"
auth = "client_secret_basic"
client_secret = "{SECRETS[WATER.text]}"
signing = {{keys = [{{scheme = "v1", key = "{SIGNS}"}}]}}
"""
