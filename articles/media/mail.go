package media

import "postrider/magazine"

// mailWidth is the greatest width in pixels of an image in a mail. It is shown
// at half of it, so that it is sharp on dense screens.
const mailWidth = 1200

// addMail gives an image its form for mails: a PNG, JPEG or GIF at most
// mailWidth wide, which is what mail programs all show. That is the public file
// itself where it is such. Of PDF and audio there is none.
func (p *Prepared) addMail(name string, c *cleaned) *magazine.Problem {
	switch {
	case c.mime == "image/svg+xml" || c.mime == "image/avif":
		return warning(name, "is an image that mail programs don't show; it is left out of mails", "give a PNG or JPEG instead")
	case c.pixels == nil:
		return nil
	case c.mime != "image/webp" && c.width <= mailWidth:
		same := p.Image
		p.Image.Mail = &same
		return nil
	}
	form := *c
	form.pixels = onCanvas(c.pixels, c.width, c.height)
	if c.width > mailWidth {
		form.pixels = shrunk(form.pixels, mailWidth)
	}
	if err := form.encode(mailQuality); err != nil {
		return warning(name, "could not be made smaller for mails ("+err.Error()+"); it is left out of them", "give a PNG or JPEG at most 1200 pixels wide")
	}
	mail := p.add(name, &form)
	p.Image.Mail = &mail
	return nil
}
