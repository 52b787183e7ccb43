export { DetailsScreen as default } from '@/features/details/DetailsScreen';
