import { Button, Checkbox, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { Logo } from '../app/Logo.tsx';
import { ApiError } from '../app/problem.ts';
import classes from './SignIn.module.css';
import { sessionEndReason, signIn } from './session.ts';

const REASONS = {
  expired: 'Your session ended. Sign in again to go on where you were.',
  'signed-out': 'You are signed out.',
};

/** Shown in place of any screen while nobody is signed in; the address stays, so signing in returns there. */
const SignIn = () => {
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const reason = sessionEndReason();

  useEffect(() => {
    document.title = 'Sign in · Waybeat';
  }, []);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(undefined);
    try {
      await signIn(String(fields.get('username')), String(fields.get('password')), fields.get('remember') !== null);
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };

  const wrong = failure instanceof ApiError && failure.code === 'UNAUTHENTICATED';
  return (
    <main className={classes.page}>
      <Paper className={classes.card} withBorder p={{ base: 'lg', xs: 'xl' }} radius="lg">
        <div className={classes.brand}>
          <Logo size={40} />
          <Title order={1} className={classes.title}>
            Sign in to Waybeat
          </Title>
          <Text c="dimmed" size="sm">
            {reason ? REASONS[reason] : 'Every shipment, as it moves.'}
          </Text>
        </div>
        <form onSubmit={submit}>
          <Stack gap="md">
            <TextInput
              name="username"
              label="Username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              withAsterisk={false}
              autoFocus
            />
            <PasswordInput
              name="password"
              label="Password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              error={wrong ? 'Username or password is wrong. Check both and try again.' : undefined}
              visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
            />
            <Checkbox name="remember" label="Keep me signed in on this device" defaultChecked />
            {!wrong && <FormTrouble error={failure} />}
            <Button type="submit" loading={busy} fullWidth>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </main>
  );
};
export default SignIn;
