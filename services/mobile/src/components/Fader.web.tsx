import type { FaderProps } from './Fader';

/** The browser's own slider, which keys, screen readers and fingers know. */
export function Fader({ label, value, onChange, said }: FaderProps) {
  return (
    <input
      type="range"
      aria-label={label}
      aria-valuetext={said}
      min={0}
      max={1}
      step={0.05}
      value={value}
      onChange={(event) => onChange(Number(event.target.value))}
    />
  );
}
