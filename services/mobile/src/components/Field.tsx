import { StyleSheet, TextInput, View, type TextInputProps } from 'react-native';

import { corner, space, touch, type } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { Txt } from './Txt';

type Props = Pick<
  TextInputProps,
  'value' | 'onChangeText' | 'onSubmitEditing' | 'inputMode' | 'maxLength' | 'secureTextEntry' | 'placeholder'
> & {
  label: string;
  hint?: string;
  problem?: string | null;
};

/** A line to type in, with its name above and what is wrong below. Nothing that is typed is corrected or learnt. */
export function Field({ label, hint, problem, ...input }: Props) {
  const colours = useColours();
  const box = {
    color: colours.ink,
    backgroundColor: colours.card,
    borderColor: problem ? colours.alarm : colours.edge,
  };
  return (
    <View style={styles.field}>
      <Txt kind="strong">{label}</Txt>
      <TextInput
        {...input}
        aria-label={label}
        autoCapitalize="none"
        autoComplete="off"
        autoCorrect={false}
        spellCheck={false}
        placeholderTextColor={colours.quiet}
        style={[styles.input, type.body, box]}
      />
      {problem ? (
        <Txt kind="small" colour={colours.alarm} role="alert">
          {problem}
        </Txt>
      ) : null}
      {hint ? <Txt kind="small">{hint}</Txt> : null}
    </View>
  );
}

const styles = StyleSheet.create({
  field: { gap: space.xs },
  input: {
    minHeight: touch,
    borderWidth: 1,
    borderRadius: corner.s,
    paddingHorizontal: space.m,
    paddingVertical: space.s,
  },
});
