"""The narrowest screen that a page has to fit on."""

from visitor import Visitor

# What WCAG 2.2 asks for (1.4.10, reflow).
NARROWEST = {"width": 320, "height": 568}


def too_wide(visitor: Visitor) -> list[str]:
    """What makes the page scroll sideways: the elements that reach beyond one of its edges."""
    return visitor.page.evaluate("""
        () => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            const over = [...document.body.querySelectorAll("*")].filter((element) => {
                const { left, right } = element.getBoundingClientRect();
                return left < -0.5 || right > width + 0.5;
            });
            return ["the page", ...over.map((element) => `${element.tagName} ${element.id} ${element.className}`)];
        }
    """)
