import { unitText } from "./unit.ts";

const HEADER = `# Homeport as a system service with a user of its own, for who installs it by hand; \`homeport service install --system\` writes the
# same with the paths of the installation.
#
#   useradd --system --home-dir /var/lib/homeport --shell /usr/sbin/nologin homeport
#   cp config/homeport.service /etc/systemd/system/
#   systemctl daemon-reload
#   install -d -o homeport -g homeport -m 0700 /var/lib/homeport
#   runuser -u homeport -- homeport --data /var/lib/homeport init --vault file
#   systemctl enable --now homeport
#   runuser -u homeport -- homeport --data /var/lib/homeport status
#
# Make the profile first, as above: \`init\` shows the 24 recovery words once, on a terminal. The service never makes one.
#
# With the passphrase vault it starts locked, and waits for \`homeport unlock\` or \`homeport device unlock\`. To start unattended, let
# the manager hand over the passphrase of a file that only root can read, in a drop-in:
#
#   [Service]
#   LoadCredential=passphrase:/etc/homeport/passphrase
#   ExecStart=
#   ExecStart=/usr/local/bin/homeport --data /var/lib/homeport --json start --locked --passphrase-file %d/passphrase
`;

/** The text of config/homeport.service. */
export const packagedUnit = (): string =>
  `${HEADER}\n${unitText({
    scope: "system",
    command: ["/usr/local/bin/homeport"],
    data: "/var/lib/homeport",
    user: "homeport",
    docs: "/usr/local/lib/node_modules/homeport/docs/README.md",
  })}`;
