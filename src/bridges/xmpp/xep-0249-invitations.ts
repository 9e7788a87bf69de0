import { bareAddress } from "./jids.ts";
import { NS } from "./ns.ts";
import { childText, type Element } from "./xml.ts";

export interface Invitation {
  room: string;
  by: string | undefined;
  reason: string;
  password: string | undefined;
}

/** An invitation to a room: by somebody directly (XEP-0249), or through the room (XEP-0045, 7.8.2). */
export function invitationIn(message: Element): Invitation | undefined {
  const direct = message.getChild("x", NS.invitation);
  const room = bareAddress(direct?.attrs["jid"]);
  const from = message.attrs["from"];
  if (direct && room) return { room, by: bareAddress(from), reason: direct.attrs["reason"] ?? "", password: direct.attrs["password"] };
  const user = message.getChild("x", NS.mucUser);
  const invite = user?.getChild("invite");
  const mediator = bareAddress(from);
  if (!user || !invite || !mediator) return undefined;
  const by = bareAddress(invite.attrs["from"]);
  return { room: mediator, by, reason: childText(invite, "reason") ?? "", password: childText(user, "password") };
}
