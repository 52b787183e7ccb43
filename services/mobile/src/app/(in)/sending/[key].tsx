import { useLocalSearchParams } from 'expo-router';

import { SendingScreen } from '@/features/outbox/SendingScreen';

export default function SendingRoute() {
  const { key } = useLocalSearchParams<{ key: string }>();
  return <SendingScreen key={key} id={key} />;
}
