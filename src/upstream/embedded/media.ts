// Media types by the ending of a name.

import { posix } from "node:path";

const types = new Map([
  [".png", "image/png"],
  [".jpg", "image/jpeg"],
  [".jpeg", "image/jpeg"],
  [".gif", "image/gif"],
  [".webp", "image/webp"],
  [".bmp", "image/bmp"],
  [".svg", "image/svg+xml"],
  [".mp3", "audio/mpeg"],
  [".wav", "audio/wav"],
  [".ogg", "audio/ogg"],
  [".flac", "audio/flac"],
  [".pdf", "application/pdf"],
]);

export function mediaTypeOf(path: string): string {
  return types.get(posix.extname(path).toLowerCase()) ?? "application/octet-stream";
}
