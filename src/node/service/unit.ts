/** A unit with this line was made by us, and may be replaced and removed. */
export const MARK = "# Made by `homeport service install`.";

export interface UnitOptions {
  scope: "user" | "system";
  /** Program and its first arguments, absolute. */
  command: readonly string[];
  /** Data folder, absolute. */
  data: string;
  /** Of a system unit. */
  user?: string | undefined;
  /** File of the passphrase, which the manager reads and hands over. */
  passphraseFile?: string | undefined;
  /** A credential that the manager opens (vault `systemd`). */
  credential?: { name: string; file: string } | undefined;
  /** Where the documentation lies, absolute. */
  docs: string;
}

/**
 * The systemd unit. What is not there would stop the sandbox of the plugins, which makes namespaces and mounts a fresh /proc:
 * RestrictNamespaces, ProtectProc, ProcSubset, ProtectKernelTunables, ProtectKernelLogs. MemoryDenyWriteExecute would stop V8.
 */
export function unitText(options: UnitOptions): string {
  const system = options.scope === "system";
  const start = [...options.command, "--data", options.data, "--json", "start", "--locked"];
  const passphrase = options.passphraseFile === undefined ? [] : ["--passphrase-file", "%d/passphrase"];
  return lines([
    "[Unit]",
    "Description=Homeport, your own messenger on your home PC",
    `Documentation=file:${percent(options.docs)}`,
    ...(system ? ["Wants=network-online.target", "After=network-online.target"] : []),
    // Settings of a folder: no quotes, and blanks count.
    `ConditionPathExists=${percent(options.data)}`,
    "",
    "[Service]",
    "Type=notify",
    "# It speaks by systemd-notify, which is a child of it.",
    "NotifyAccess=all",
    ...(system && options.user !== undefined ? [`User=${options.user}`, `Group=${options.user}`] : []),
    `ExecStart=${[...start.map(quoted), ...passphrase].join(" ")}`,
    ...(options.passphraseFile === undefined ? [] : [`LoadCredential=passphrase:${percent(options.passphraseFile)}`]),
    ...(options.credential ? [`LoadCredentialEncrypted=${options.credential.name}:${percent(options.credential.file)}`] : []),
    "Restart=on-failure",
    "RestartSec=5s",
    "# A start may have to bring a large database to a new version first.",
    "TimeoutStartSec=15min",
    "WatchdogSec=2min",
    "# It ends within 5 seconds of SIGTERM; its plugins end with it.",
    "KillMode=mixed",
    "TimeoutStopSec=10s",
    "",
    "# What it may touch.",
    "UMask=0077",
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service @mount",
    "SystemCallErrorNumber=EPERM",
    ...(system ? ofSystem(options) : []),
    "# A leak in one part must not take the machine down.",
    "MemoryHigh=1G",
    "MemoryMax=2G",
    "TasksMax=512",
    "LimitNOFILE=16384",
    "LimitCORE=0",
    "",
    "# Each bridge plugin runs in a sandbox of its own (bwrap), which makes namespaces and mounts a fresh /proc. Therefore these are",
    "# left out, each of which would stop it: RestrictNamespaces, ProtectProc, ProcSubset, ProtectKernelTunables, ProtectKernelLogs.",
    "# MemoryDenyWriteExecute is left out because V8 compiles at run time.",
    ...(system
      ? []
      : [
          "# What takes namespaces of the manager itself (ProtectSystem and the like) is for system units: a user's manager may have none.",
        ]),
    "",
    "[Install]",
    `WantedBy=${system ? "multi-user.target" : "default.target"}`,
  ]);
}

function ofSystem({ command, data }: UnitOptions): string[] {
  const atHome = [...command, data].some((path) => /^\/(home|root|run\/user)(\/|$)/.test(path));
  return [
    "ProtectSystem=strict",
    `ReadWritePaths=${quoted(data)}`,
    `ProtectHome=${atHome ? "read-only" : "yes"}`,
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectControlGroups=yes",
    "ProtectKernelModules=yes",
    "CapabilityBoundingSet=",
    "AmbientCapabilities=",
    "RemoveIPC=yes",
  ];
}

const lines = (list: readonly string[]): string => `${list.join("\n")}\n`;

const percent = (text: string): string => text.replaceAll("%", "%%");

/** As `systemd.service` takes it on a command line. */
function quoted(text: string): string {
  const safe = percent(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("$", "$$$$");
  return /^[A-Za-z0-9@%+=:,./_$-]+$/.test(safe) ? safe : `"${safe}"`;
}
