import type { AppAddress } from "../../api/web.ts";
import { clean } from "./clean.ts";
import { columns } from "./columns.ts";
import { qrText } from "./qr.ts";
import { timeText } from "./time.ts";

const WAYS: Readonly<Record<AppAddress["choice"]["way"], string>> = {
  none: "none: the app opens on this machine alone",
  proxy: "a proxy in front of this node",
  "own-ca": "the node's own certificate authority",
  acme: "a certificate by ACME",
  files: "a certificate in files",
};

export function appAddressText(shown: AppAddress, colour: boolean): string {
  const { choice, origin, listens, fingerprint, certificate, problem, install, suggested } = shown;
  const line = (text: string): string => clean(text, "line");
  if (origin === null)
    return `Phones have no address for Homeport yet. The ways: homeport web own-ca ${line(suggested)}, proxy, acme, files; --help tells of each.`;
  const rows = [
    ["address", line(origin)],
    ["way", WAYS[choice.way]],
    ...(listens === null ? [] : [["listens", line(listens)]]),
    ...(fingerprint === null ? [] : [["authority", line(fingerprint)]]),
    ...(certificate === null ? [] : [["certificate", `${certificate.names.map(line).join(", ")}, until ${timeText(certificate.expires)}`]]),
    ["state", problem === null ? "works, as far as this machine can tell" : `does NOT work: ${line(problem)}`],
  ];
  const [first = origin] = install;
  const next =
    install.length > 0
      ? ["", "Open this on the phone first; it tells how to trust the authority:", ...install.map(line)]
      : ["", "Open it on the phone:"];
  return [columns(rows), ...next, qrText(first, colour)].join("\n");
}
