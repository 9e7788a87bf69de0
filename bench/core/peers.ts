export interface PeerBench {
  name: string;
  measure(): Promise<number>;
}
export async function peers(): Promise<PeerBench[]> {
  return [];
}
