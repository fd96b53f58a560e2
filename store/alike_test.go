package store

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"postrider/magazine"
)

// TestDeliveriesAlike: whatever else two deliveries differ in than what each has bound
// for itself keeps them from being written with one value for both.
func TestDeliveriesAlike(t *testing.T) {
	own := []string{"Subscriber", "Email", "Reply", "MessageID", "At"} // At is that of the commit
	of := reflect.TypeFor[magazine.Delivery]()
	for i := range of.NumField() {
		one, other := magazine.Delivery{}, magazine.Delivery{}
		switch field := reflect.ValueOf(&other).Elem().Field(i); field.Interface().(type) {
		case time.Time:
			field.Set(reflect.ValueOf(time.Unix(1, 0)))
		case int:
			field.SetInt(1)
		default:
			field.SetString("else")
		}
		name := of.Field(i).Name
		if alike := (delivered{&one, "weekly"}).like(delivered{&other, "weekly"}); alike != slices.Contains(own, name) {
			t.Errorf("two that differ in %s are alike: %v", name, alike)
		}
	}
	if (delivered{&magazine.Delivery{}, "weekly"}).like(delivered{&magazine.Delivery{}, "daily"}) {
		t.Error("deliveries of two newsletters are alike")
	}
}
