import { useLocalSearchParams } from 'expo-router';

import { LesionScreen } from '@/features/history/LesionScreen';

export default function LesionRoute() {
  const { ref } = useLocalSearchParams<{ ref: string }>();
  return <LesionScreen key={ref} lesionRef={ref} />;
}
