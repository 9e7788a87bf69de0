/** What each set is made of; apt adds what they depend on. */
export const PACKAGE_SETS = {
  irc: ["inspircd", "ngircd"],
  atheme: ["atheme-services"],
  znc: ["znc"],
  bitlbee: ["bitlbee"],
  prosody: ["prosody"],
  bwrap: ["bubblewrap"],
  chromium: ["chromium", "fonts-dejavu-core"],
  certutil: ["libnss3-tools"],
  keyring: ["gnome-keyring", "dbus-daemon"],
  systemd: ["systemd"],
  faketime: ["libfaketime"],
} as const satisfies Record<string, readonly string[]>;
export type PackageSet = keyof typeof PACKAGE_SETS;

/**
 * Always present on a Debian system, or never needed to run a server. The C library above all is the machine's: an
 * unpacked one would not fit the loader.
 */
const BASE = new RegExp(
  `^(${[
    "libc6|libc-bin|libgcc-s1|gcc-\\d+-base|base-files|base-passwd|bash|dash|coreutils|dpkg|tar|perl-base|debconf|adduser|passwd|login",
    "sysvinit-utils|lsb-base|init-system-helpers|libpam.*|util-linux.*|libcrypt1|debianutils|mawk|sed|grep|cdebconf|libdebconf.*|ucf",
    "sensible-utils|install-info|ssl-cert|perl|perl-modules.*|libperl5.*|libaudit.*|libcap-ng0|libselinux1|libsepol.*|libsemanage.*",
    "mysql-common|mariadb-common|readline-common|tzdata|netbase|openssl|ca-certificates",
  ].join("|")})$`,
);

/** Package names of an `apt-get --simulate install`, without those of the base system. */
export function closureOf(simulation: string): string[] {
  const names = [...simulation.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? "");
  return [...new Set(names)].filter((name) => !BASE.test(name)).sort();
}
