package members

// KeyHash is what stands among the suppressed addresses for one by its key.
func (m *Members) KeyHash(key string) string { return m.keyHash(key) }
