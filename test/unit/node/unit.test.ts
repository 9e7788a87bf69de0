import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { packagedUnit } from "../../../src/node/service/packaged-unit.ts";
import { unitText } from "../../../src/node/service/unit.ts";

const base = { command: ["/opt/node", "/opt/homeport/bin/homeport.js"], data: "/home/me/data", docs: "/opt/homeport/docs/README.md" };
const linesOf = (text: string) => text.split("\n");

describe("the systemd unit", () => {
  test("config/homeport.service is up to date; `npm run schema` makes it", () => {
    expect(readFileSync(new URL("../../../config/homeport.service", import.meta.url), "utf8")).toBe(packagedUnit());
  });

  test("paths with blanks, percent and dollar signs reach the program as they are", () => {
    const text = unitText({ ...base, scope: "user", command: ["/opt/a b/node"], data: '/data/100% "$x"' });
    expect(linesOf(text)).toContain('ExecStart="/opt/a b/node" --data "/data/100%% \\"$$x\\"" --json start --locked');
    expect(linesOf(text)).toContain('ConditionPathExists=/data/100%% "$x"');
  });

  test("a passphrase goes by way of the manager, and so does a credential", () => {
    const credential = { name: "homeport-ab", file: "/home/me/data/homeport-ab.cred" };
    const text = unitText({ ...base, scope: "system", user: "homeport", passphraseFile: "/etc/pass", credential });
    expect(linesOf(text)).toEqual(
      expect.arrayContaining([
        "LoadCredential=passphrase:/etc/pass",
        "LoadCredentialEncrypted=homeport-ab:/home/me/data/homeport-ab.cred",
        "ProtectHome=read-only",
        "ReadWritePaths=/home/me/data",
        "User=homeport",
      ]),
    );
    expect(text).toMatch(/^ExecStart=.* --passphrase-file %d\/passphrase$/m);
  });

  test("neither kind forbids what the plugins' sandbox needs", () => {
    for (const scope of ["user", "system"] as const)
      expect(unitText({ ...base, scope })).not.toMatch(
        /^(RestrictNamespaces|ProtectProc|ProcSubset|ProtectKernelTunables|ProtectKernelLogs|MemoryDenyWriteExecute)=/m,
      );
  });
});
