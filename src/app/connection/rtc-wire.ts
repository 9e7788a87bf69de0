/**
 * Between the page, which alone has `RTCPeerConnection`, and the worker, where the device lives. Every message names a connection (`pc`)
 * and perhaps a data channel of it (`ch`), numbered by the worker from 1 upwards, by the page from -1 downwards.
 */
export type ToPage =
  | { do: "open"; pc: number }
  | {
      do: "call";
      pc: number;
      call: number;
      name: "createOffer" | "setLocalDescription" | "setRemoteDescription";
      description?: RTCSessionDescriptionInit;
    }
  | { do: "channel"; pc: number; ch: number; label: string; init: RTCDataChannelInit | undefined }
  | { do: "send"; pc: number; ch: number; data: ArrayBuffer }
  | { do: "close-channel"; pc: number; ch: number }
  | { do: "close"; pc: number };

export type ToWorker =
  | { is: "result"; pc: number; call: number; description?: RTCSessionDescriptionInit | undefined; error?: string }
  /** `local` is the local description of now. */
  | { is: "state"; pc: number; state: RTCPeerConnectionState; local: RTCSessionDescriptionInit | undefined }
  | { is: "channel"; pc: number; ch: number; label: string; protocol: string; id: number | null }
  | { is: "message"; pc: number; ch: number; data: ArrayBuffer }
  /** `taken`: bytes that have left the page's buffer since the channel was made. */
  | { is: "low"; pc: number; ch: number; taken: number }
  | { is: "opened" | "closed" | "failed"; pc: number; ch: number };
