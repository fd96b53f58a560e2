package web

import (
	"net/http"
	"strconv"
)

// turn is the numbers of the pages of a list beside the one that is shown, counted
// from 1; 0: there is none.
type turn struct{ Previous, Next int }

// onPage is what of a list the page shows that a request asks for, most at once. A
// list of nothing has one page.
func onPage[T any](r *http.Request, all []T, most int) (some []T, beside turn, err error) {
	number, err := pageOf(r)
	if err != nil {
		return nil, turn{}, err
	}
	from := (number - 1) * most
	if from >= len(all) && number > 1 {
		return nil, turn{}, errNoPage
	}
	beside.Previous = number - 1
	if from+most < len(all) {
		beside.Next = number + 1
	}
	return all[from:min(from+most, len(all))], beside, nil
}

// pageOf reads ?page=, counted from 1.
func pageOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get("page")
	if text == "" {
		return 1, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 {
		return 0, errNoTurn
	}
	return int(n), nil
}
