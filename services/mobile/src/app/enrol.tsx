export { EnrolScreen as default } from '@/features/session/EnrolScreen';
