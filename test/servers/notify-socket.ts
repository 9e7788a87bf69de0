import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const RECEIVE = `use Socket; $| = 1; socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die; bind($s, sockaddr_un($ARGV[0])) or die; print "bound\\n";
while (defined(recv($s, my $m, 65536, 0))) { $m =~ s/\\n/ /g; print "$m\\n"; }`;

/** Stands where systemd listens: a datagram socket, which Node has none of. Perl is on every Debian. */
export class NotifySocket implements Disposable {
  readonly path: string;
  readonly heard: string[] = [];
  readonly #child: ChildProcess;

  private constructor(path: string, child: ChildProcess) {
    this.path = path;
    this.#child = child;
  }

  static open(path: string): Promise<NotifySocket> {
    const child = spawn("perl", ["-e", RECEIVE, path], { stdio: ["ignore", "pipe", "inherit"] });
    const socket = new NotifySocket(path, child);
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line === "bound") resolve(socket);
        else socket.heard.push(line);
      });
    });
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}
