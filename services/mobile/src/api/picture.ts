import { useMemo } from 'react';
import type { ImageSourcePropType } from 'react-native';

import { currentAccess } from './transport';

export type Picture = { source: ImageSourcePropType | null; failed: boolean };

/** A picture of a case by its path on the server, for an Image; null until there is one. */
export function usePicture(path: string | null): Picture {
  const access = currentAccess();
  const [server, token] = [access?.server, access?.token];
  const source = useMemo(
    () => (path && token ? { uri: `${server}${path}`, headers: { Authorization: `Bearer ${token}` } } : null),
    [path, server, token],
  );
  return { source, failed: false };
}

export const PICTURE = 'picture';

/** Nothing to do: the device's own image library holds the pictures. */
export function forgetPicture(_address: unknown): void {}
