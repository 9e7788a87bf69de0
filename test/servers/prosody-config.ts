export const DOMAIN = "example.test";
export const CONFERENCE = "conference.example.test";
const UPLOAD = "upload.example.test";

export interface ProsodySettings {
  folder: string;
  modules: string;
  ports: { starttls: number; tls: number; http: number };
  /** False: the server speaks no TLS at all and takes logins in the clear. */
  tls: boolean;
  /** Archive of private messages and of rooms. */
  archive: boolean;
  /** Stream management. */
  resume: boolean;
  /** How passwords are kept, and so how logins happen: SCRAM, or PLAIN. */
  passwords: "internal_hashed" | "internal_plain" | "insecure";
  hash: "SHA-1" | "SHA-256";
  /** Largest file of the upload service, in bytes. */
  maxUpload: number;
  /** Further lines of the configuration, global. */
  extra?: string | undefined;
}

const MODULES = `
  roster saslauth disco carbons pep private blocklist vcard4 vcard_legacy bookmarks version uptime time ping csi_simple offline
  admin_shell
`
  .trim()
  .split(/\s+/);

export function prosodyConfig(settings: ProsodySettings): string {
  return [...globals(settings), ...hosts(settings), ""].join("\n");
}

function globals({ folder, modules, ports, tls, archive, resume, passwords, hash, extra }: ProsodySettings): string[] {
  const enabled = [...MODULES, ...(tls ? ["tls"] : []), ...(archive ? ["mam"] : []), ...(resume ? ["smacks"] : [])];
  const certificate = `key = "${folder}/server.key", certificate = "${folder}/server.pem"`;
  return [
    `pidfile = "${folder}/prosody.pid"; data_path = "${folder}/data"; certificates = "${folder}/none"`,
    `plugin_paths = { "${modules}" }`,
    'interfaces = { "127.0.0.1" }; local_interfaces = { "127.0.0.1" }; http_interfaces = { "127.0.0.1" }',
    `c2s_ports = { ${ports.starttls} }; c2s_direct_tls_ports = { ${tls ? ports.tls : ""} }; s2s_ports = {}; s2s_direct_tls_ports = {}`,
    `http_ports = { ${ports.http} }; https_ports = {}; http_default_host = "${UPLOAD}"`,
    `modules_enabled = { ${enabled.map((name) => `"${name}"`).join(", ")} }; modules_disabled = { "s2s" }`,
    `authentication = "${passwords}"; password_hash = "${hash}"; default_iteration_count = 4096; storage = "internal"`,
    // The other person of the tests comes in the clear. Our side must not, although it could.
    "c2s_require_encryption = false; allow_unencrypted_plain_auth = true; allow_registration = false",
    'smacks_hibernation_time = 600; archive_expires_after = "never"; default_archive_policy = true; limits = {}',
    `ssl = { ${certificate} }; c2s_direct_tls_ssl = { ${certificate} }`,
    `log = { { levels = { min = "info" }, to = "file", filename = "${folder}/prosody.log" } }`,
    extra ?? "",
  ];
}

function hosts({ ports, archive, maxUpload }: ProsodySettings): string[] {
  return [
    `VirtualHost "${DOMAIN}"`,
    `Component "${CONFERENCE}" "muc"`,
    archive ? '  modules_enabled = { "muc_mam" }; muc_log_by_default = true; muc_log_presences = false' : "",
    "  restrict_room_creation = false; max_history_messages = 50; muc_room_default_public = true; muc_room_locking = false",
    "  muc_room_default_persistent = true",
    `Component "${UPLOAD}" "http_file_share"`,
    `  http_external_url = "http://127.0.0.1:${ports.http}/"; http_file_share_size_limit = ${maxUpload}`,
  ];
}
