import { describe } from "vitest";
import { probeIsolation } from "../../src/bridges/host/process/index.ts";
import { conformance } from "../servers/conformance.ts";
import { prosody } from "../servers/prosody.ts";
import { bwrapPath } from "../servers/provision.ts";
import { requireServer } from "../servers/require-server.ts";
import { xmppNetwork } from "../servers/xmpp-network.ts";

const xmpp = await requireServer("prosody", "bwrap");

const injections = ["x\0</body></message><presence/>", "x\u001b</message><message>", "\ufffe<presence type='unavailable'/>"];
const traits = { label: "server-reads", history: true, serverTime: false, singleLine: false, injections } as const;

describe.skipIf(!xmpp.ok)("the XMPP plugin in its process", () => {
  conformance("XMPP with archives and stream management (Prosody)", async () =>
    xmppNetwork({ server: await prosody(), isolation: await probeIsolation(await bwrapPath()), traits }),
  );
});
