import type { ToPage, ToWorker } from "./rtc-wire.ts";

/** Makes WebRTC connections for the worker that asks over `port`, and passes everything on. */
export function hostPeerConnections(port: MessagePort): void {
  const open = new Map<number, HostedConnection>();
  const say = (message: ToWorker, transfer: Transferable[] = []): void => port.postMessage(message, transfer);
  port.onmessage = ({ data }: MessageEvent<ToPage>) => {
    if (data.do === "open") open.set(data.pc, new HostedConnection(data.pc, say));
    else open.get(data.pc)?.handle(data);
    if (data.do === "close") open.delete(data.pc);
  };
}

interface Channel {
  channel: RTCDataChannel;
  sent: number;
}

class HostedConnection {
  readonly #pc: number;
  readonly #say: (message: ToWorker, transfer?: Transferable[]) => void;
  readonly #connection = new RTCPeerConnection();
  readonly #channels = new Map<number, Channel>();
  #incoming = 0;

  constructor(pc: number, say: (message: ToWorker, transfer?: Transferable[]) => void) {
    this.#pc = pc;
    this.#say = say;
    this.#connection.onconnectionstatechange = () => this.#tellState();
    this.#connection.ondatachannel = ({ channel }) => {
      this.#incoming -= 1;
      const { label, protocol, id } = channel;
      say({ is: "channel", pc, ch: this.#incoming, label, protocol, id });
      this.#follow(this.#incoming, channel);
    };
  }

  handle(message: Exclude<ToPage, { do: "open" }>): void {
    switch (message.do) {
      case "call":
        void this.#call(message);
        return;
      case "channel":
        this.#follow(message.ch, this.#connection.createDataChannel(message.label, message.init));
        return;
      case "send":
        this.#send(message.ch, message.data);
        return;
      case "close-channel":
        this.#channels.get(message.ch)?.channel.close();
        return;
      case "close":
        this.#connection.close();
        // A connection that this side closes tells nothing by itself.
        this.#say({ is: "state", pc: this.#pc, state: "closed", local: undefined });
    }
  }

  async #call({ call, name, description }: ToPage & { do: "call" }): Promise<void> {
    const pc = this.#pc;
    try {
      const result = await this.#perform(name, description);
      this.#tellState();
      this.#say({ is: "result", pc, call, description: result });
    } catch (error) {
      this.#say({ is: "result", pc, call, error: error instanceof Error ? error.message : "it failed" });
    }
  }

  async #perform(name: (ToPage & { do: "call" })["name"], description: RTCSessionDescriptionInit | undefined) {
    if (name === "createOffer") {
      const { type, sdp } = await this.#connection.createOffer();
      return { type, sdp: sdp ?? "" };
    }
    if (name === "setLocalDescription") await this.#connection.setLocalDescription(description);
    else if (description) await this.#connection.setRemoteDescription(description);
    return undefined;
  }

  #tellState(): void {
    const local = this.#connection.localDescription;
    this.#say({
      ...{ is: "state", pc: this.#pc, state: this.#connection.connectionState },
      local: local ? { type: local.type, sdp: local.sdp } : undefined,
    });
  }

  #follow(ch: number, channel: RTCDataChannel): void {
    const pc = this.#pc;
    const kept = { channel, sent: 0 };
    this.#channels.set(ch, kept);
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = 256 * 1024;
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer) this.#say({ is: "message", pc, ch, data }, [data]);
      else channel.close();
    };
    channel.onbufferedamountlow = () => this.#say({ is: "low", pc, ch, taken: kept.sent - channel.bufferedAmount });
    channel.onopen = () => this.#say({ is: "opened", pc, ch });
    channel.onerror = () => this.#say({ is: "failed", pc, ch });
    channel.onclose = () => {
      this.#channels.delete(ch);
      this.#say({ is: "closed", pc, ch });
    };
    if (channel.readyState === "open") this.#say({ is: "opened", pc, ch });
  }

  #send(ch: number, data: ArrayBuffer): void {
    const kept = this.#channels.get(ch);
    if (kept?.channel.readyState !== "open") return;
    try {
      kept.channel.send(data);
      kept.sent += data.byteLength;
      // A buffer that never rose above the mark tells nothing by itself.
      const { bufferedAmount, bufferedAmountLowThreshold } = kept.channel;
      if (bufferedAmount <= bufferedAmountLowThreshold) this.#say({ is: "low", pc: this.#pc, ch, taken: kept.sent - bufferedAmount });
    } catch {
      // The buffer is full, or the channel went: what was sent is lost, so that the channel has to end.
      kept.channel.close();
    }
  }
}
