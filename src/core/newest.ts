// A map of bounded size, in the order of last use.

/** Sets it as the newest; beyond `maxSize` the oldest leaves. */
export function setNewest<Key, Value>(
  map: Map<Key, Value>,
  key: Key,
  value: Value,
  maxSize: number,
): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= maxSize) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
