import { AppState } from 'react-native';

/** Calls back when the app comes to the front. Returns how to stop. */
export function onWake(listener: () => void): () => void {
  const subscription = AppState.addEventListener('change', (state) => {
    if (state === 'active') listener();
  });
  return () => subscription.remove();
}

export function isOffline(): boolean {
  return false; // the phone is not asked: a try tells
}
